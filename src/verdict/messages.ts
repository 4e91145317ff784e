import type { Recording } from '../recording/recording.ts';
import { over } from './evidence.ts';
import type { Judgement, Status } from './judgement.ts';
import { strainText } from './strain.ts';

/** The message of an assertion that did not hold: what was asserted, what was seen, why, what else was under strain, and what replays it. */
export function messageOf(
  recording: Recording,
  judgements: readonly Judgement[],
  isNot: boolean,
  title: string,
): string {
  const [first] = judgements;
  const body = judgements.length === 1 && first ? single(first, isNot) : several(judgements, isNot, title);
  return [body, strainText(recording), replay(recording)].filter(Boolean).join('\n\n');
}

function single(judgement: Judgement, isNot: boolean): string {
  return `${headline(judgement, isNot)}\n\n${judgement.because}`;
}

function several(judgements: readonly Judgement[], isNot: boolean, title: string): string {
  if (judgements.length === 0) {
    return `${title} is unknown, so this does not pass: the target says nothing about a run of this kind.\n\nAssert on this recording with a matcher of its own, such as toHaveErrorRateBelow, or pass a target that names its metrics.`;
  }
  const count = (status: Status) => judgements.filter((judgement) => judgement.status === status).length;
  const tally = `${count('fail')} failed, ${count('unknown')} unknown, ${count('pass')} passed`;
  const told = judgements
    .toSorted((a, b) => rank[a.status] - rank[b.status])
    .map((judgement) =>
      judgement.status === 'pass'
        ? `pass: ${seen(judgement)}`
        : `${judgement.status}: ${seen(judgement)}\n${indented(judgement.because)}`,
    );
  return `${title} must ${isNot ? 'not ' : ''}be met: ${tally}.\n\n${told.join('\n\n')}`;
}

const rank: Readonly<Record<Status, number>> = { fail: 0, unknown: 1, pass: 2 };

function headline(judgement: Judgement, isNot: boolean): string {
  const { metric, bound, shown, status } = judgement;
  const subject = `${metric} ${over(judgement.window)}`;
  if (status === 'unknown') {
    return `Unknown whether ${subject} ${isNot ? 'is not' : 'is'} ${bound} (seen: ${shown}), so this does not pass.`;
  }
  return `${subject} must ${isNot ? 'not ' : ''}be ${bound}, seen: ${shown}.`;
}

function seen(judgement: Judgement): string {
  const { metric, shown, bound, window } = judgement;
  return `${metric} ${over(window)} must be ${bound}, seen: ${shown}.`;
}

function indented(text: string): string {
  return text.replace(/^/gm, '  ');
}

/** What replays a run. */
export function replay({ seed, generator }: Recording): string {
  return `BREAKING_POINT_SEED=${seed} replays it: the same requests, due at the same times (${generator.load}); what they meet may interleave differently.`;
}
