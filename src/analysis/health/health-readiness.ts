import type { FaultRecord, HealthPolls, Recording } from '../../recording/recording.ts';
import { type Certainty, findWhenSaid, pollsOf, type Stretch } from './health-words.ts';
import { measureWork, type Work } from './health-work.ts';

/** A span in which an app's word and its work contradicted each other. */
export interface Contradiction extends Stretch {
  readonly said: 'ready' | 'not ready';
}

/** What an app said of its readiness, held against what it did. */
export interface Readiness {
  /** Every contradiction, in the order of time. */
  readonly contradictions: Certainty<readonly Contradiction[]>;
  readonly work: Work;
  /** Polls whose answer is known, and those among them that said `not ready`. */
  readonly known: number;
  readonly notReady: number;
  /** Polls without a known answer. */
  readonly missing: number;
  /** The last contradiction, if the run ended in the middle of it. */
  readonly cut: Contradiction | undefined;
  /**
   * The longest time for which the work failed during at least half of a fault while the app never said so. Had it
   * lasted longer, it might have been a contradiction. A moment of errors in an outage that the app survived does not
   * count.
   */
  readonly untold: Stretch | undefined;
}

/** Contradictions of one stretch less than this many milliseconds apart are one: a word that flaps is no true one. */
const bridged = 500;

/**
 * Holds an app's word against its work. `ready` contradicts a stretch in which its work fails; `not ready` contradicts
 * one in which it is done.
 * @param polls of its readiness
 * @param workWithin milliseconds after which an operation counts as not done
 */
export function judgeReadiness(recording: Recording, polls: HealthPolls, workWithin?: number): Readiness {
  const asked = pollsOf(polls);
  const known = asked.filter(({ says }) => says !== undefined);
  const work = measureWork(recording, workWithin);
  const { duration } = recording;
  const ready = findWhenSaid(asked, true, duration);
  const notReady = findWhenSaid(asked, false, duration);
  const contradictions = (which: keyof Certainty<unknown>): Contradiction[] =>
    [
      ...findContradictions(ready[which], work.failing[which], 'ready'),
      ...findContradictions(notReady[which], work.working[which], 'not ready'),
    ].sort((a, b) => a.from - b.from);
  const certain = contradictions('certain');
  const possible = contradictions('possible');
  const seenUntil = Math.min(known.at(-1)?.told ?? 0, ...findEnd(work));
  return {
    contradictions: { certain, possible },
    work,
    known: known.length,
    notReady: known.filter(({ says }) => says === false).length,
    missing: asked.length - known.length,
    cut: [...certain, ...possible].find(({ to }) => to >= seenUntil),
    untold: pickLongest(
      work.failing.certain.filter(
        (stretch) =>
          recording.faults.some((fault) => fills(stretch, fault, duration)) &&
          !notReady.certain.some((said) => said.from < stretch.to + bridged && said.to >= stretch.from),
      ),
    ),
  };
}

/** The longest of some stretches; undefined without any. */
export function pickLongest<S extends Stretch>(stretches: readonly S[]): S | undefined {
  return stretches.reduce<S | undefined>(
    (most, one) => (most && lengthOf(most) >= lengthOf(one) ? most : one),
    undefined,
  );
}

/** Milliseconds. */
export function lengthOf({ from, to }: Stretch): number {
  return to - from;
}

/** Where a word meets work that contradicts it. Both lists are in the order of their beginnings. */
function findContradictions(
  said: readonly Stretch[],
  work: readonly Stretch[],
  word: Contradiction['said'],
): Contradiction[] {
  let first = 0;
  return work.flatMap(({ from, to }) => {
    const inside: { from: number; to: number; said: Contradiction['said'] }[] = [];
    while (first < said.length && (said[first] as Stretch).to < from) first++;
    for (let index = first; index < said.length; index++) {
      const one = said[index] as Stretch;
      if (one.from > to) break;
      const part = { from: Math.max(from, one.from), to: Math.min(to, one.to), said: word };
      if (part.to < part.from) continue;
      const last = inside.at(-1);
      if (last && part.from - last.to < bridged) last.to = Math.max(last.to, part.to);
      else inside.push(part);
    }
    return inside.filter((part) => part.to > part.from);
  });
}

/** Whether a stretch takes up half or more of the time that a fault was in effect. */
function fills({ from, to }: Stretch, { inEffectAt, healedAt }: FaultRecord, end: number): boolean {
  const healed = Number.isNaN(healedAt) ? end : healedAt;
  const shared = Math.min(to, healed) - Math.max(from, inEffectAt);
  return shared > 0 && shared >= (healed - inEffectAt) / 2;
}

/** Where the last stretch that shows anything of the work ends; nothing without one. */
function findEnd({ failing, working }: Work): number[] {
  const last = [...failing.certain, ...working.certain].map(({ to }) => to);
  return last.length > 0 ? [Math.max(...last)] : [];
}
