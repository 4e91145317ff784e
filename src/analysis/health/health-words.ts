import type { HealthPolls } from '../../recording/recording.ts';
import { countAbove } from '../stats/order.ts';
import { joinSpans, wakingUp } from '../window/stalls.ts';

/** A span of time, in milliseconds since zero. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** What is so for certain, and what may be so where the measurement has gaps. */
export interface Certainty<T> {
  readonly certain: T;
  readonly possible: T;
}

/** One poll. `says` is undefined where nobody knows what the app would have said. */
export interface Poll {
  readonly at: number;
  /** When it was answered, or given up. */
  readonly told: number;
  readonly answer: number | string;
  readonly says: boolean | undefined;
  /** Milliseconds that it took, less the time in which the process that asked stood still; and in all. */
  readonly took: { readonly best: number; readonly worst: number };
}

/** Errors of the side that asks: no ports or no files left. */
const ownErrors = ['EMFILE', 'ENFILE', 'EADDRNOTAVAIL', 'unfinished'];

/** Most milliseconds between two polls, even if one is given up after a second, unless the process stood still. */
const longestGap = 1_500;

/** Whether an answer says yes. */
export function isYes(answer: number | string): boolean {
  return typeof answer === 'number' && answer >= 200 && answer < 300;
}

/** The polls of one path, in order. A time-out just after a stall of the process that asked says nothing of the app. */
export function pollsOf({ at: sent, took, answers, stalls }: HealthPolls): Poll[] {
  const stalled = joinSpans(stalls);
  return sent.map((at, index) => {
    const answer = answers[index] ?? 'unfinished';
    const told = at + (took[index] ?? 0);
    const isOurs = ownErrors.includes(String(answer)) || (answer === 'timeout' && stalled.holds(told, wakingUp));
    return {
      at,
      told,
      answer,
      says: isOurs ? undefined : isYes(answer),
      took: { best: told - at - stalled.overlap(at, told), worst: told - at },
    };
  });
}

/**
 * Finds when an app said a word (`true`: ready). Certain: from the first to the last of the polls in a row that said
 * it, unless the app could have said otherwise unseen in between. A time-out says no for as long as it lasted.
 * Possible: from the last poll before that said otherwise to the first one after, and where polls are missing.
 * @param end of the run
 */
export function findWhenSaid(polls: readonly Poll[], word: boolean, end: number): Certainty<Stretch[]> {
  const known = polls.filter(({ says }) => says !== undefined);
  const unseen = watchUnseen(polls);
  const certain: Stretch[] = [];
  const possible: Stretch[] = [];
  let run: Poll[] = [];
  const close = (next: Poll | undefined, previous: Poll | undefined) => {
    if (run.length > 0) {
      for (const stretch of splitAtUnseen(run, unseen)) certain.push(stretch);
      possible.push({ from: previous ? heardAt(previous) : 0, to: next?.told ?? end });
    }
    run = [];
  };
  let otherwise: Poll | undefined;
  for (const poll of known) {
    if (poll.says === word) run.push(poll);
    else {
      close(poll, otherwise);
      otherwise = poll;
    }
  }
  close(undefined, otherwise);
  return { certain, possible: [...possible, ...findGaps(known, word, unseen)].sort((a, b) => a.from - b.from) };
}

/** Whether an app could have said another thing between two polls, and nobody saw it. */
type Unseen = (before: Poll, after: Poll) => boolean;

function watchUnseen(polls: readonly Poll[]): Unseen {
  const missing = Float64Array.from(
    polls.filter(({ says }) => says === undefined),
    ({ told }) => told,
  ).sort();
  const missedBy = (instant: number) => missing.length - countAbove(missing, instant);
  return (before, after) => after.told - heardAt(before) > longestGap || missedBy(after.told) > missedBy(before.told);
}

/**
 * The earliest instant at which an answer was given: one that lay in the sockets of a process that stood still is older
 * than it looks.
 */
function heardAt({ at, took }: Poll): number {
  return at + took.best;
}

/** Polls in a row that said the same, parted where another answer could have gone unseen. */
function splitAtUnseen(run: readonly Poll[], unseen: Unseen): Stretch[] {
  const stretches: { from: number; to: number }[] = [];
  for (const [index, poll] of run.entries()) {
    const before = run[index - 1];
    const last = stretches.at(-1);
    const to = heardAt(poll);
    if (before && last && !unseen(before, poll)) last.to = Math.max(last.to, to);
    else stretches.push({ from: poll.answer === 'timeout' ? poll.at : Math.min(poll.told, to), to });
  }
  return stretches;
}

/** Where it may have said a thing between two polls that said otherwise. */
function findGaps(known: readonly Poll[], word: boolean, unseen: Unseen): Stretch[] {
  return known.slice(1).flatMap((poll, index) => {
    const before = known[index] as Poll;
    if (before.says === word || poll.says === word) return [];
    return unseen(before, poll) ? [{ from: heardAt(before), to: poll.told }] : [];
  });
}
