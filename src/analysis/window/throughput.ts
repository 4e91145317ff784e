import { chunksOf, outcomes } from '../../recording/columns.ts';
import type { Window } from '../../recording/recording.ts';
import { casesOf } from './cases.ts';
import { oncePerWindow } from './memo.ts';
import { stallsOf } from './stalls.ts';
import { named } from './window.ts';

/** What was done in a window. */
export interface Throughput {
  /** Ok operations completed per second; NaN for a window without length. */
  readonly rps: number;
  /**
   * The same in the best case, 0 or above: with what would have been completed in the window had the generator sent it in time and not stood still, and for a closed
   * loop without the time in which it stood still, for it asked for nothing then.
   */
  readonly best: number;
  /** Ok operations that ended in the window. */
  readonly completed: number;
  /** Length of the window; 0 if it has none. */
  readonly seconds: number;
}

const okCode = outcomes.indexOf('ok');

/**
 * Ok operations that ended in [from, to), per second: by completion, wherever they were due. What the warm-up of an open loop left
 * behind is not counted, so that working off its backlog is not taken for capacity. A closed loop leaves no backlog: its warm-up ends with
 * one operation in flight on each connection, as the window does, so that what ended in the window is what was done in it.
 */
export const throughput: (window: Window) => Throughput = oncePerWindow((window) => {
  const { recording, name, spans, faults, only } = window;
  if (!spans) return measureThroughput(window);
  return poolThroughput(spans.map(([from, to]) => measureThroughput({ recording, name, from, to, faults, only })));
});

function poolThroughput(measured: readonly Throughput[]): Throughput {
  const sum = (of: (one: Throughput) => number) => measured.reduce((total, one) => total + of(one), 0);
  const [completed, seconds] = [sum((one) => one.completed), sum((one) => one.seconds)];
  // Each with what it could have done in its own time.
  const best = sum((one) => one.best * one.seconds) / seconds;
  return { rps: completed / seconds, best, completed, seconds };
}

function measureThroughput(window: Window): Throughput {
  const { from, to, recording } = window;
  const earliest = recording.generator.loop === 'closed' ? Number.NEGATIVE_INFINITY : 0;
  let completed = 0;
  let delayed = 0;
  for (const columns of chunksOf(recording.columns)) {
    const { dueAt, endedAt, outcome, length } = columns;
    const isNamed = named(window, columns);
    const cases = casesOf(recording, columns);
    for (let row = 0; row < length; row++) {
      const end = endedAt[row] as number;
      const due = dueAt[row] as number;
      if (!(end >= from && due >= earliest && due < to && (outcome[row] as number) === okCode && isNamed(row)))
        continue;
      if (end < to) completed++;
      else if (due + cases.latency(row, 'best') < to) delayed++;
    }
  }
  const seconds = to > from ? (to - from) / 1_000 : 0;
  const stalled = recording.generator.loop === 'closed' ? stallsOf(recording).overlap(from, to) / 1_000 : 0;
  const best = stalled < seconds ? (completed + delayed) / (seconds - stalled) : Number.POSITIVE_INFINITY;
  return { rps: completed / seconds, best: seconds === 0 ? Number.NaN : best, completed, seconds };
}
