import { chunksOf } from '../../recording/columns.ts';
import type { Window } from '../../recording/recording.ts';
import { readCases } from './cases.ts';
import { memoizePerWindow } from './memo.ts';
import { findStalls } from './stalls.ts';
import { filterByName } from './window.ts';

/** What was done in a window. */
export interface Throughput {
  /** Ok operations completed per second; NaN for a window without length. */
  readonly rps: number;
  /**
   * The same in the best case, 0 or above: with what would have been completed in the window had the generator sent it
   * in time, not stood still, and not failed it itself. A closed loop that stood still asked for nothing, so that time
   * is taken from its window.
   */
  readonly best: number;
  /** Ok operations that ended in the window. */
  readonly completed: number;
  /** Length of the window; 0 if it has none. */
  readonly seconds: number;
}

/**
 * Ok operations that ended in [from, to), per second: by completion, wherever they were due.
 *
 * A server of 400/s is offered 500/s: it answers the warm-up's backlog first, and 400/s all the while. So what the
 * warm-up sent counts, as far as the window leaves as much under way at its end. A backlog that is only worked off
 * counts not, so that it does not make up for operations of the window that failed.
 */
export const measureThroughput: (window: Window) => Throughput = memoizePerWindow((window) => {
  const { recording, name, spans, faults, only } = window;
  if (!spans) return countCompleted(window);
  return poolThroughput(spans.map(([from, to]) => countCompleted({ recording, name, from, to, faults, only })));
});

function poolThroughput(measured: readonly Throughput[]): Throughput {
  const sum = (of: (one: Throughput) => number) => measured.reduce((total, one) => total + of(one), 0);
  const [completed, seconds] = [sum((one) => one.completed), sum((one) => one.seconds)];
  // Each with what it could have done in its own time.
  const best = sum((one) => one.best * one.seconds) / seconds;
  return { rps: completed / seconds, best, completed, seconds };
}

function countCompleted(window: Window): Throughput {
  const { from, to, recording } = window;
  let completed = 0;
  let delayed = 0;
  let leftBefore = 0;
  let leftAfter = 0;
  for (const columns of chunksOf(recording.columns)) {
    const { dueAt, startedAt, endedAt, length } = columns;
    const isNamed = filterByName(window, columns);
    const cases = readCases(recording, columns);
    for (let row = 0; row < length; row++) {
      const end = endedAt[row] as number;
      const due = dueAt[row] as number;
      if (!(due < to) || end < from || !isNamed(row)) continue;
      const isOk = !cases.isError(row, 'worst');
      const endedInside = end < to;
      if (due < 0) {
        if (isOk && endedInside) leftBefore++;
        continue;
      }
      if (!endedInside && (startedAt[row] as number) < to) leftAfter++;
      if (isOk && endedInside) completed++;
      else if (!cases.isError(row, 'best') && due + cases.duration(row, 'best') < to) delayed++;
    }
  }
  completed += Math.min(leftBefore, leftAfter);
  const seconds = to > from ? (to - from) / 1_000 : 0;
  const stalled = recording.generator.loop === 'closed' ? findStalls(recording).overlap(from, to) / 1_000 : 0;
  const best = stalled < seconds ? (completed + delayed) / (seconds - stalled) : Number.POSITIVE_INFINITY;
  return { rps: completed / seconds, best: seconds === 0 ? Number.NaN : best, completed, seconds };
}
