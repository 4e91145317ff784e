import type { Recording } from '../../recording/recording.ts';
import type { Judgement, Status } from '../judgement.ts';
import { originOf } from '../origin.ts';
import { headline, subjectText } from './headline.ts';
import { replayText } from './replay.ts';
import { strainText } from './strain.ts';

/** How a message is put. */
export interface MessageForm {
  readonly isNot: boolean;
  /** Begins the message where there are several judgements: `The target production`. */
  readonly title: string;
  /** Paragraphs about what is worse than what was asserted, told right after the first line. */
  readonly worse?: readonly string[];
}

/**
 * The message of an assertion that did not hold: what was asserted, what was seen, why, what else was under strain, and
 * what replays it.
 */
export function messageOf(
  recording: Recording,
  judgements: readonly Judgement[],
  { isNot, title, worse = [] }: MessageForm,
): string {
  const [only] = judgements;
  const single = judgements.length === 1 && only;
  const [first = '', ...rest] = single
    ? [headline(only, isNot), only.because]
    : several(judgements, isNot, title).split('\n\n');
  const body = [first, ...worse, ...rest].join('\n\n');
  const repeated = judgements.some(({ repeats }) => repeats !== undefined);
  // What is asserted of a trial is told by the search, with what replays that.
  const replay = originOf(recording)?.isTrial ? '' : replayText(recording, repeated);
  return [body, strainText(recording), replay].filter(Boolean).join('\n\n');
}

function several(judgements: readonly Judgement[], isNot: boolean, title: string): string {
  if (judgements.length === 0) {
    return `${title} is unknown, so this does not pass: the target says nothing about a run of this kind.\n\nAssert on this recording with a matcher of its own, such as toHaveErrorRateBelow, or pass a target that names its metrics.`;
  }
  const of = (status: Status) => judgements.filter((judgement) => judgement.status === status);
  const [failed, unknown, passed] = [of('fail'), of('unknown'), of('pass')];
  const tally = `${failed.length} failed, ${unknown.length} unknown, ${passed.length} passed`;
  const before = new Set<string>();
  const told = [...failed, ...unknown].map(
    (judgement) => `${judgement.status}: ${seen(judgement)}\n${indented(onlyNew(judgement.because, before))}`,
  );
  const good = passed.map((judgement) => `pass: ${seen(judgement)}`).join('\n');
  return [
    `${title} must ${isNot ? 'not ' : ''}be met${decisive(isNot ? passed : failed) || undecided(unknown)}: ${tally}.`,
    ...told,
    ...(good ? [good] : []),
  ].join('\n\n');
}

/** What decides, in the first line, for one who reads no further. */
function decisive(judgements: readonly Judgement[]): string {
  const [first, ...more] = judgements;
  if (!first) return '';
  return `, but ${subjectText(first)} is ${first.shown} (bound: ${first.bound})${more.length > 0 ? ` and ${more.length} more` : ''}`;
}

function undecided(judgements: readonly Judgement[]): string {
  return judgements.length === 0 ? '' : `, which is unknown for ${judgements.map(({ metric }) => metric).join(', ')}`;
}

function seen(judgement: Judgement): string {
  const { shown, bound } = judgement;
  return `${subjectText(judgement)} must be ${bound}, seen: ${shown}.`;
}

/** The lines that no judgement before has told: which faults there were, or how the load generator did. */
function onlyNew(text: string, before: Set<string>): string {
  const lines = text.split('\n').filter((line) => line === '' || !before.has(line));
  for (const line of lines) before.add(line);
  return lines
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trimEnd();
}

function indented(text: string): string {
  return text.replace(/^(?=.)/gm, '  ');
}
