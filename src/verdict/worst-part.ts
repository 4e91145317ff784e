import type { Window } from '../recording/recording.ts';
import type { Judgement, Status } from './judgement.ts';
import { metrics } from './metrics/metrics.ts';

/** From the worst to the best. */
const order: readonly Status[] = ['fail', 'unknown', 'pass'];

/** Names of the metrics of which more is better; of anything else that is judged, less is. */
const moreIsBetter: ReadonlySet<string> = new Set(
  metrics.filter(({ better }) => better === 'more').map(({ name }) => name),
);

/**
 * Judges a window, or where it has parts each of them: the worst decides, for each thing that is judged, and all are
 * told.
 */
export function judgeParts(window: Window, judge: (part: Window) => readonly Judgement[]): readonly Judgement[] {
  if (!window.parts) return judge(window);
  const [first = [], ...others] = window.parts.map(judge);
  return first.map((judgement, index) => worstOf([judgement, ...others.flatMap((list) => list[index] ?? [])]));
}

function worstOf(judgements: readonly [Judgement, ...Judgement[]]): Judgement {
  const worst = judgements.reduce((one, other) => (isWorse(other, one) ? other : one));
  const each = judgements.map(({ window, status, shown }) => `${window}: ${status}, ${shown}`).join('; ');
  const told = `Each fault's time is judged for itself, and the worst decides. ${each}.`;
  return { ...worst, because: [worst.because, told].filter(Boolean).join('\n\n') };
}

function isWorse(one: Judgement, other: Judgement): boolean {
  if (one.status !== other.status) return order.indexOf(one.status) < order.indexOf(other.status);
  // What has no value is worse than what has one.
  if (Number.isNaN(other.value)) return false;
  if (Number.isNaN(one.value)) return true;
  return moreIsBetter.has(one.metric) ? one.value < other.value : one.value > other.value;
}
