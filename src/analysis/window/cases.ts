import type { CategoryName } from '../../recording/categories.ts';
import { type Columns, outcomes } from '../../recording/columns.ts';
import type { Recording } from '../../recording/recording.ts';
import { findNewAnswers } from './new-answers.ts';
import { findDisturbances } from './stalls.ts';

/** How an uncertain measurement is read: `best` in the app's favour, `worst` against it. */
export type Case = 'best' | 'worst';

/** How to read the operations of a recording in the best and in the worst case, by their row. */
export interface Cases {
  /**
   * Milliseconds until the operation had its answer; +Infinity if it never did. Never negative, and best <= worst. An
   * error is no answer: it takes at least its own time, and +Infinity in the worst case.
   */
  readonly latency: (row: number, which: Case) => number;
  /**
   * Milliseconds until the operation was over, with whatever result; +Infinity if it never was. Never negative, and
   * best <= worst.
   */
  readonly duration: (row: number, which: Case) => number;
  /** Whether it counts as an error. An error in the best case is one in the worst case. */
  isError(row: number, which: Case): boolean;
}

const okCode = outcomes.indexOf('ok');

/**
 * The rule of best and worst case, for single operations of a recording or of a chunk of it:
 * - sent late: done - sent, less the generator's stalls and what it caught up with in between, or done - due;
 * - `unsent` (the generator's own fault): ok at 0 ms, or an error that never ended;
 * - `saturated` (the app left the cap full): an error that never ended, in both;
 * - an error of what was sent, or ended, while the generator caught up after a stall: the burst may have caused it (ok,
 *   less that time), or not;
 * - a connection that was lost as soon as something was sent on it, just after a stall: the app may have closed it as
 *   an idle one, and the generator did not see it in time (ok), or not;
 * - a time-out that the generator declared while it stood still, or just after: it may have had its answer (ok, less
 *   the stall), or not. Any other time-out is one in both, at its measured time: the generator listened and heard
 *   nothing;
 * - an ok answer of a status that is new since a fault, to a request that only looks: ok, or an error
 *   ({@link findNewAnswers} has the rule).
 */
export function readCases(recording: Recording, columns: Columns = recording.columns): Cases {
  const { dueAt, startedAt, endedAt, outcome, category } = columns;
  const { all, catchingUp, wakingAt } = findDisturbances(recording);
  const unsent = codeOf(columns, 'unsent');
  const saturated = codeOf(columns, 'saturated');
  const timeout = codeOf(columns, 'timeout');
  const lost = new Set((['empty', 'reset'] as const).map((category) => codeOf(columns, category)));

  const { isDoubtful } = findNewAnswers(recording, columns);

  /** Of an operation that is an error. */
  const isOwnFault = (row: number): boolean => {
    const code = category[row] as number;
    if (code === unsent || code === saturated) return code === unsent;
    const end = endedAt[row] as number;
    if (code === timeout) return wakingAt(end);
    const start = startedAt[row] as number;
    if (lost.has(code) && wakingAt(start) && wakingAt(end)) return true;
    return catchingUp.holds(start) || catchingUp.holds(end);
  };

  const duration = (row: number, which: Case): number => {
    const code = category[row] as number;
    if (code === saturated) return Number.POSITIVE_INFINITY;
    if (code === unsent) return which === 'best' ? 0 : Number.POSITIVE_INFINITY;
    const due = dueAt[row] as number;
    const end = endedAt[row] as number;
    if (Number.isNaN(end)) return Number.POSITIVE_INFINITY;
    if (which === 'worst') return Math.max(0, end - due);
    // Sent a moment before it was due (timers round): nobody waited for it yet.
    const start = Math.max(due, startedAt[row] as number);
    const silent = code === timeout && !isOwnFault(row);
    return Math.max(0, end - start - (silent ? 0 : all.overlap(start, end)));
  };

  const isError = (row: number, which: Case): boolean => {
    if ((outcome[row] as number) === okCode) return which === 'worst' && isDoubtful(row);
    return which === 'worst' || !isOwnFault(row);
  };

  return {
    duration,
    latency: (row, which) =>
      which === 'worst' && ((outcome[row] as number) !== okCode || isDoubtful(row))
        ? Number.POSITIVE_INFINITY
        : duration(row, which),
    isError,
  };
}

/** The code of a category in these columns, or -1 where it does not occur. */
function codeOf(columns: Columns, category: CategoryName): number {
  return columns.categories.indexOf(category);
}
