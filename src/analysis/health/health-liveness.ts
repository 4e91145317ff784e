import type { FaultRecord, HealthPolls, Recording } from '../../recording/recording.ts';
import { greatest } from '../stats/order.ts';
import { type Certainty, type Poll, pollsOf, type Stretch } from './health-words.ts';

/** How an app answered the question whether it lives. */
export interface Liveness {
  /** Polls that are held against it or for it. */
  readonly judged: readonly Poll[];
  /** Those that were not answered with yes within the bound. */
  readonly late: Certainty<readonly Poll[]>;
  /** Milliseconds of the slowest answer that is judged; +Infinity where one was no yes. 0 without polls. */
  readonly slowest: Certainty<number>;
  /**
   * Answers of yes that came a little late, alone between two in time, and rare: see {@link judgeLiveness}. They are
   * not judged.
   */
  readonly alone: readonly Poll[];
  /** How many polls met a fault of the app itself. */
  readonly excused: number;
  /** The longest time of the run without a poll under way: 200 ms or less, unless the process that asks stood still. */
  readonly unasked: Stretch;
}

/** A lone answer may be later than the bound by this many milliseconds. */
const slack = 500;

/** Lone late answers that are left out: this share of the polls, and one at least. More of them are no accident. */
const loneShare = 0.01;

/**
 * Holds the polls of an app's liveness against a bound. Two kinds of polls are left out. The first met a fault of the
 * app itself (`crash(app)`, `pause(app)`), or the start after it. The second is a pause of the machine or of a garbage
 * collector: a yes up to 500 ms too late, while the polls before and after it were answered in time, and at most one
 * poll in a hundred was so late (one, below a hundred polls).
 * @param within milliseconds, at most the polls' own time-out
 */
export function judgeLiveness(recording: Recording, polls: HealthPolls, within: number): Liveness {
  const away = excuses(recording, polls);
  const asked = pollsOf(polls);
  const own = asked.filter(({ at, told }) => !away.some(({ from, to }) => at <= to && told >= from));
  // One that the run cut off is known to be late or is not known.
  const counted = own.filter((poll) => poll.answer !== 'unfinished' || poll.took.best > within);
  const isLate = (poll: Poll | undefined) => poll !== undefined && timeOf(poll, 'worst') > within;
  const isLone = (poll: Poll, index: number) =>
    poll.says === true &&
    isLate(poll) &&
    timeOf(poll, 'worst') <= within + slack &&
    !isLate(counted[index - 1]) &&
    !isLate(counted[index + 1]);
  const lone = counted.filter(isLone);
  const alone = new Set(lone.length <= Math.max(1, counted.length * loneShare) ? lone : []);
  const judged = counted.filter((poll) => !alone.has(poll));
  const certain = judged.filter((poll) => poll.says !== undefined || poll.answer === 'unfinished');
  return {
    judged,
    late: {
      certain: certain.filter((poll) => timeOf(poll, 'best') > within),
      possible: judged.filter(isLate),
    },
    slowest: {
      certain: greatest(
        certain.map((poll) => timeOf(poll, 'best')),
        0,
      ),
      possible: greatest(
        judged.map((poll) => timeOf(poll, 'worst')),
        0,
      ),
    },
    alone: [...alone],
    excused: asked.length - own.length,
    unasked: findLongestPause(asked, recording.duration),
  };
}

/** The longest time from the answer to one poll to the sending of the next; before the first and after the last too. */
function findLongestPause(asked: readonly Poll[], end: number): Stretch {
  let longest: Stretch = { from: 0, to: asked[0]?.at ?? end };
  for (const [index, poll] of asked.entries()) {
    // An answer that lay in the sockets of a process that stood still is older than it looks.
    const from = poll.at + poll.took.best;
    const to = asked[index + 1]?.at ?? end;
    if (to - from > longest.to - longest.from) longest = { from, to };
  }
  return longest;
}

function timeOf({ says, took, answer }: Poll, which: 'best' | 'worst'): number {
  if (says) return took[which];
  // Nobody knows how much longer it would have taken.
  return answer === 'unfinished' ? took[which] : Number.POSITIVE_INFINITY;
}

/** Whether a fault is one of the app that was asked, and of no other app or service. */
export function isOwnFault({ serviceKind, service }: FaultRecord, { app }: HealthPolls): boolean {
  return serviceKind === 'app' && (app === undefined || service === app);
}

/** When the app was held or ended by a fault, or was getting ready after it. */
function excuses({ faults, exits, duration }: Recording, polls: HealthPolls): Stretch[] {
  const orEnd = (instant: number | undefined) => (instant === undefined || Number.isNaN(instant) ? duration : instant);
  return [
    ...faults
      .filter((fault) => isOwnFault(fault, polls) && Number.isFinite(fault.askedAt))
      .map(({ askedAt, healedAt }) => ({ from: askedAt, to: orEnd(healedAt) })),
    ...exits.filter(({ asked }) => asked === true).map(({ at, readyAt }) => ({ from: at, to: orEnd(readyAt) })),
  ];
}
