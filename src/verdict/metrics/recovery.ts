import { measureAbsence } from '../../analysis/recovery/never-again.ts';
import { measureRecovery, type Recovery } from '../../analysis/recovery/recovery.ts';
import { goodBinsInARow } from '../../analysis/recovery/recovery-rules.ts';
import { countErrors } from '../../analysis/window/errors.ts';
import { readable } from '../../duration.ts';
import type { FaultRecord, Recording, Window } from '../../recording/recording.ts';
import { beyond, type Step, upTo } from '../grade.ts';
import type { Measured, Metric, RecoveryName } from '../metric.ts';
import { explainClosedLoop } from '../validity.ts';
import { meaningOf, remedyOf } from '../words/advice.ts';
import { errorsText, faultsText } from '../words/evidence.ts';
import { recoveryText, signalsText } from '../words/recovery-texts.ts';
import { afterFaults } from './outages.ts';

/**
 * Milliseconds from the last fault's healing until the service was as well as before: goodput, errors and p99. Where
 * the run has a probe named `backlog`, that was drained too. A service that never degraded recovered in 0 s. Of a
 * service that was not back when the run ended, nobody knows more than that it took longer. One that came back and
 * relapsed recovered when it came back for good. Nobody can tell where it was unwell before the fault.
 */
export const redisRecovery: Metric = recoveryMetric('Redis recovery', 'redis', [
  upTo(5_000, 'excellent'),
  upTo(30_000, 'good', 'acceptable'),
  beyond('critical', 'optimise start-up'),
]);

/** Recovery in a run with a fault on a database. */
export const databaseRecovery: Metric = recoveryMetric('database recovery', 'postgres', [
  upTo(5_000, 'excellent'),
  upTo(10_000, 'good'),
  upTo(30_000, 'warning', 'optimise warm-up'),
  beyond('critical', 'add failover'),
]);

/** Recovery in a run with a fault on the app, or on a service of another kind. */
export const otherRecovery: Metric = recoveryMetric('recovery', undefined);

/** The recovery as it is called in a run: by the kind of the service that was healed last. */
export function recoveryOf(recording: Recording): Metric {
  const last = recording.faults.reduce<FaultRecord | undefined>(
    (latest, fault) => (latest === undefined || fault.healedAt > latest.healedAt ? fault : latest),
    undefined,
  );
  return last?.serviceKind === 'redis'
    ? redisRecovery
    : last?.serviceKind === 'postgres'
      ? databaseRecovery
      : otherRecovery;
}

function recoveryMetric(name: RecoveryName, kind: string | undefined, grades?: readonly Step[]): Metric {
  const isAbout = ({ serviceKind }: FaultRecord) =>
    kind === undefined ? serviceKind !== 'redis' && serviceKind !== 'postgres' : serviceKind === kind;
  return {
    name,
    unit: 'ms',
    of: 'run',
    better: 'less',
    worsen: ['an error after the fault', 'a slower answer after the fault'],
    how: `from the last fault's healing to the first of ${goodBinsInARow} bins in a row that are as good as before the fault`,
    windows: (recording) =>
      recording.generator.loop !== 'race' && recording.faults.some(isAbout) ? [afterFaults(recording)] : [],
    part: afterFaults,
    measure: ({ recording }) => measured(recording),
    timed: true,
    ...(grades && { grades }),
    words: {
      inFull: `${name} time`,
      text: (after, { recording }) => {
        return backText(after, seenOf(recording));
      },
      bound: readable,
      undecided: undecidedText,
      facts: ({ window }) => factsOf(window),
      advice: ({ window }) => [meaningOf(window), remedyOf(window.recording, 'recovery')],
    },
  };
}

/** As recovery has it; of a service that is gone it is measured although there is no baseline. */
function seenOf(recording: Recording): Recovery {
  const seen = measureRecovery(recording);
  const gone = seen.status === 'unmeasured' ? measureAbsence(recording) : undefined;
  if (gone === undefined) return seen;
  const never = Number.POSITIVE_INFINITY;
  const because = 'not one operation went well from the healing to the end of the load';
  return { ...seen, status: 'not-recovered', afterBest: never, afterWorst: never, observed: gone, because };
}

function measured(recording: Recording): Measured {
  const seen = seenOf(recording);
  const reason = unmeasuredText(recording, seen);
  return {
    ...timesBack(seen),
    seen: { best: seen.afterBest, worst: seen.afterWorst },
    samples: seen.bins.length,
    needs: 0,
    doubts: [
      ...(reason === undefined ? [] : [{ reason }]),
      ...(seen.doubt === undefined ? [] : [{ reason: seen.doubt, spares: 'fail' as const }]),
    ],
  };
}

/**
 * When something was back, in the best and in the worst case. If it was not back when the run ended, it took what was
 * observed or any longer time: the next bin would begin there.
 */
export function timesBack(
  seen: Pick<Recovery, 'afterBest' | 'afterWorst' | 'observed'>,
): Pick<Measured, 'best' | 'worst'> {
  const { afterBest, afterWorst, observed } = seen;
  return { best: afterBest === Number.POSITIVE_INFINITY ? observed : afterBest, worst: afterWorst };
}

/** When something was back as a person reads it, and that it was lost again. */
export function backText(after: number, seen: Pick<Recovery, 'firstAfter' | 'observed' | 'relapsedFrom'>): string {
  return Number.isFinite(seen.relapsedFrom)
    ? `${recoveryText(seen.firstAfter, seen)}, then relapsed`
    : recoveryText(after, seen);
}

/** Why nothing is known of the recovery of a run. Undefined when it was measured. */
export function unmeasuredText(recording: Recording, seen: Recovery): string | undefined {
  if (recording.faults.length === 0) {
    return 'This run had no fault, so there is nothing to recover from: pass faults to run().';
  }
  const closed = explainClosedLoop(recording);
  if (closed) return closed;
  return seen.status === 'unmeasured' ? `Recovery could not be measured: ${seen.because}.` : undefined;
}

function undecidedText({ recording }: Window, bound?: string): string | undefined {
  const seen = seenOf(recording);
  if (bound === undefined) return undefined;
  if (seen.afterWorst === Number.POSITIVE_INFINITY) {
    return `The run ended ${readable(seen.observed)} after healing with the service not yet recovered, too soon to tell about ${bound}: let the load last until ${bound} after the fault's end, and a second or two more.`;
  }
  return `Recovery took between ${recoveryText(seen.afterBest, seen)} and ${recoveryText(seen.afterWorst, seen)}, depending on what the load generator missed.`;
}

function factsOf(window: Window): string[] {
  const { recording } = window;
  const seen = seenOf(recording);
  return [
    Number.isFinite(seen.relapsedFrom)
      ? `It went bad again ${readable(seen.relapsedFrom)} after healing and stayed so to the end of the run.`
      : '',
    seen.status === 'unmeasured' ? '' : sentence(seen.because),
    signalsText(seen),
    countErrors(window).errors.worst > 0 ? errorsText(window) : '',
    faultsText(recording.faults),
  ];
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
