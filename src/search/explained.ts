import { type BreakingPoint, objectiveText, type Scale, type Trial, valueText } from '../verdict/breaking-point.ts';
import type { Judgement } from '../verdict/judgement.ts';
import { counted } from '../verdict/words/evidence.ts';
import { exitsText } from '../verdict/words/exits.ts';
import type { BisectionResult } from './bisection.ts';

/** What the trials showed. */
export interface SearchedTrials {
  readonly trials: readonly Trial[];
  readonly brokeFirst: readonly Judgement[];
  /** The last trial that broke where it breaks. */
  readonly last: Trial | undefined;
}

/** How a search ended, in a sentence or two. */
export function explain(
  of: string,
  scale: Scale,
  { status, heldAt, brokeAt, because }: BisectionResult,
  { trials, brokeFirst, last }: SearchedTrials,
): string {
  const at = (value: number | undefined) => valueText(scale, value ?? Number.NaN);
  const broken = brokeFirst.map((one) => `${objectiveText(one)} ${one.shown}, must be ${one.bound}`).join('; ');
  const exits = last?.recording ? ` ${exitsText(last.recording)}` : '';
  const what = `${broken && `: ${broken}`}.${exits}`.trimEnd();
  const count = counted(trials.length, 'trial');
  if (status === 'found') {
    return `At ${of} ${at(heldAt)} it held, at ${at(brokeAt)} it broke${what} Both were confirmed (${count}).`;
  }
  if (status === 'broke-at-start') return `It broke at the lowest ${of} tried, ${at(brokeAt)}, twice${what}`;
  if (status === 'not-reached')
    return `It held at the highest ${of} tried, ${at(heldAt)}, when sustained too (${count}).`;
  const doubted = trials.at(-1);
  const doubts = doubted?.judgements.filter((judgement) => judgement.status === 'unknown') ?? [];
  const why = doubts.map(({ metric, because: reason }) => ` ${metric}: ${reason}`).join('');
  return `At ${of} ${at(doubted?.value)} the search ended without an answer, for ${because}.${why}`;
}

/** What a single threshold cannot explain. */
export function contradictionText(scale: Scale, { brokeAt, heldAt }: BreakingPoint['contradictions'][number]): string {
  const when = brokeAt === heldAt ? 'a later one there held' : `one at ${valueText(scale, heldAt)} held`;
  return `A trial at ${valueText(scale, brokeAt)} broke, although ${when}.`;
}
