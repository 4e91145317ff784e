import type { HealthPolls, Recording } from '../recording/recording.ts';
import { type Certainty, type Poll, pollsOf, type Stretch } from './health-words.ts';

/** How an app answered the question whether it lives. */
export interface Liveness {
  /** Polls that are held against it or for it. */
  readonly judged: readonly Poll[];
  /** Those that were not answered with yes within the bound. */
  readonly late: Certainty<readonly Poll[]>;
  /** Milliseconds of the slowest answer that is judged; +Infinity where one was no yes. 0 without polls. */
  readonly slowest: Certainty<number>;
  /** Answers of yes that came a little late, alone between two in time: see {@link liveness}. Not among the judged. */
  readonly alone: readonly Poll[];
  /** How many polls met a fault of the app itself. */
  readonly excused: number;
}

/** A lone answer may be later than the bound by this many milliseconds. */
const slack = 500;

/**
 * Holds the polls of an app's liveness against a bound. Those that met a fault of the app itself (`crash(app)`, `pause(app)`), or the
 * start after it, are left out; so is a yes that came up to 500 ms too late, if the polls before and after it were answered in time: a pause of
 * the machine or of a garbage collector, on which no orchestrator acts.
 * @param within milliseconds, at most the polls' own time-out
 */
export function liveness(recording: Recording, polls: HealthPolls, within: number): Liveness {
  const away = excuses(recording);
  const asked = pollsOf(polls);
  const own = asked.filter(({ at, told }) => !away.some(({ from, to }) => at <= to && told >= from));
  // One that the run cut off is known to be late or is not known.
  const counted = own.filter((poll) => poll.answer !== 'unfinished' || poll.took.best > within);
  const isLate = (poll: Poll | undefined) => poll !== undefined && timeOf(poll, 'worst') > within;
  const isAlone = (poll: Poll, index: number) =>
    poll.says === true &&
    isLate(poll) &&
    timeOf(poll, 'worst') <= within + slack &&
    !isLate(counted[index - 1]) &&
    !isLate(counted[index + 1]);
  const judged = counted.filter((poll, index) => !isAlone(poll, index));
  const certain = judged.filter((poll) => poll.says !== undefined || poll.answer === 'unfinished');
  return {
    judged,
    late: {
      certain: certain.filter((poll) => timeOf(poll, 'best') > within),
      possible: judged.filter(isLate),
    },
    slowest: {
      certain: Math.max(0, ...certain.map((poll) => timeOf(poll, 'best'))),
      possible: Math.max(0, ...judged.map((poll) => timeOf(poll, 'worst'))),
    },
    alone: counted.filter(isAlone),
    excused: asked.length - own.length,
  };
}

function timeOf({ says, took, answer }: Poll, which: 'best' | 'worst'): number {
  if (says) return took[which];
  // Nobody knows how much longer it would have taken.
  return answer === 'unfinished' ? took[which] : Number.POSITIVE_INFINITY;
}

/** When the app was held or ended by a fault, or was getting ready after it. */
function excuses({ faults, exits, duration }: Recording): Stretch[] {
  const orEnd = (instant: number | undefined) => (instant === undefined || Number.isNaN(instant) ? duration : instant);
  return [
    ...faults
      .filter(({ serviceKind, askedAt }) => serviceKind === 'app' && Number.isFinite(askedAt))
      .map(({ askedAt, healedAt }) => ({ from: askedAt, to: orEnd(healedAt) })),
    ...exits.filter(({ asked }) => asked === true).map(({ at, readyAt }) => ({ from: at, to: orEnd(readyAt) })),
  ];
}
