import type { Stretch } from '../analysis/health/health-words.ts';
import type { Window } from '../recording/recording.ts';
import { explainCrowding, explainCrowdingIn } from './crowding.ts';
import type { Judgement, Status } from './judgement.ts';
import { assessValidity, explainUnfelt } from './validity.ts';
import { over } from './words/evidence.ts';
import { exitsText, lastOutputText } from './words/exits.ts';
import { validityText } from './words/validity-texts.ts';

/** What a check has found, before the rules that hold for all checks. */
export interface Finding
  extends Omit<Judgement, 'because' | 'window' | 'validity' | 'interval' | 'witness' | 'plural'> {
  readonly window: Window;
  readonly plural?: true | undefined;
  readonly interval?: Judgement['interval'] | undefined;
  /** Samples that the statistic needs, where there is such a number. */
  readonly needed?: number;
  /** A fact that no doubt about the run can undo: a lost key, two winners. */
  readonly witness?: boolean;
  /**
   * The value depends on the machine's speed, in the window or in these parts of the run. A failure on a machine that
   * others filled is then unknown.
   */
  readonly timed?: true | readonly Stretch[];
  /** Why the run cannot tell, where it cannot; this makes the status unknown. */
  readonly doubt?: string | undefined;
  /** The interval of the value as a sentence, told with what the measurement was worth. */
  readonly certainty?: string;
  /** What was seen. Empty sentences are left out, here and in `advice`. */
  readonly facts: readonly string[];
  /** What a healthy service does and what to try next; said of a failure only. */
  readonly advice: readonly string[];
}

/**
 * Concludes a judgement from a finding. A witness stands. Otherwise a fault that was not felt, or a doubt, makes it
 * unknown. So does a machine that others filled, where the finding is that something took too long. An app that exited
 * is named in any case.
 * The reasons are a line each: why it is unknown, what was seen, what to do about it, and what the measurement was
 * worth.
 */
export function conclude(finding: Finding): Judgement {
  const { window, witness = false, doubt, metric, value, interval, shown, ends, bound, samples, plural } = finding;
  const crowded = finding.status === 'fail' ? findCrowding(finding) : undefined;
  const reason = witness ? undefined : (explainUnfelt(window) ?? doubt ?? crowded);
  const status: Status = reason === undefined ? finding.status : 'unknown';
  const validity = assessValidity(window, samples, finding.needed);
  // A machine that others filled is told of by the reason.
  const told = reason !== undefined && reason === crowded ? { ...validity, machine: 0 } : validity;
  const because = [
    [reason, exitsText(window.recording), lastOutputText(window.recording), ...finding.facts],
    status === 'fail' ? finding.advice : [],
    [status === 'pass' ? '' : validityText(told, status), finding.certainty],
  ];
  return {
    status,
    metric,
    subject: finding.subject ?? `${metric} ${over(window)}`,
    ...(plural && { plural }),
    value,
    ...(interval && { interval }),
    shown,
    ...(ends && { ends }),
    bound,
    samples,
    validity,
    window: window.name,
    because: because.map(joinSentences).filter(Boolean).join('\n\n'),
    ...(witness && { witness }),
  };
}

function findCrowding({ window, timed }: Finding): string | undefined {
  if (timed === undefined) return undefined;
  return timed === true ? explainCrowding(window) : explainCrowdingIn(window, timed);
}

/** Sentences as lines; those that are empty are left out. */
function joinSentences(sentences: readonly (string | undefined)[]): string {
  return sentences.filter(Boolean).join('\n');
}

/** The doubt about a window in which nothing was due. */
export function explainNothingDue(window: Window, samples: number): string | undefined {
  if (samples > 0) return undefined;
  const part = window === window.recording ? 'in this run' : `in the window '${window.name}'`;
  return `No operation was due ${part}, so nothing was measured. Let the load run through the whole of it.`;
}

/** The doubt about a window with fewer operations than a statement about it needs. */
export function explainTooFew(samples: number, needed: number, what: string): string | undefined {
  if (samples >= needed) return undefined;
  return (
    `Too few samples: ${samples.toLocaleString('en-US')}, and ${what} needs ${needed.toLocaleString('en-US')}. ` +
    'Raise the rate or let the load, or the fault, last longer.'
  );
}
