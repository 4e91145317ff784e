import type { Operation } from '../../../src/recording/columns.ts';
import type { Worsening } from '../../../src/verdict/metric.ts';
import { drawnShare, type History } from './histories.ts';

/** A change to a run that is worse for some metrics, or for a check of the app's own health. */
export type Change = Worsening | 'a slower poll' | 'an exit';

/** How a change is drawn: which operations it strikes, and how. */
export interface Draw {
  readonly salt: number;
  /** Share of the operations that it strikes, 0 to 1. */
  readonly share: number;
  /** Where in the run it begins, 0 to 1. */
  readonly from: number;
}

const errors = [
  { category: '503', takes: 1 },
  { category: 'timeout', takes: 5_000 },
  { category: 'refused', takes: 1 },
  { category: '404', takes: 3 },
];

/** Each change by its name. It returns the same history where there is nothing to make worse. */
export const worsenings = {
  'an error': (history: History, draw: Draw) =>
    withOperations(history, draw, isOk, (one, n) => failed(one, n + draw.salt)),

  'a slower answer': (history: History, draw: Draw) => withOperations(history, draw, isOk, (one) => slower(one, 3_000)),

  /** Of operations whose keys are there: an error in place of a lost one would be one lost key fewer. */
  'an error after the fault': (history: History, draw: Draw) => {
    const present = new Set(history.finalState.after.map(({ key }) => key));
    return withOperations(
      history,
      draw,
      (one) => isOk(one) && present.has(one.key as string) && (one.dueAt as number) >= lastInEffect(history),
      (one, n) => failed(one, n + draw.salt),
    );
  },

  'a slower answer after the fault': (history: History, draw: Draw) =>
    withOperations(
      history,
      draw,
      (one) => isOk(one) && (one.dueAt as number) >= lastInEffect(history),
      (one) => slower(one, 3_000),
    ),

  'slower answers in the last part': (history: History, { from }: Draw) => {
    const begin = history.duration * (0.7 + 0.3 * from);
    const operations = history.operations.map((one) =>
      (one.dueAt as number) >= begin && isOk(one) ? slower(one, 700) : one,
    );
    return { ...history, operations };
  },

  'a higher value in the last part': (history: History, { from }: Draw) => {
    const begin = history.duration * (0.7 + 0.3 * from);
    return withSeries(history, 'memory', (value, at) => (at >= begin ? value + 50e6 : value));
  },

  /**
   * The app gives no answer from here on. An open loop's operations time out; a closed loop's connections wait, each with one operation, until the
   * run ends.
   */
  silence: (history: History, { from }: Draw) => {
    const begin = history.duration * from;
    const waiting = new Set<string>();
    const operations = history.operations.flatMap((one) => {
      const dueAt = one.dueAt as number;
      // What was not sent because the app left the cap full never ended already, which is worse than a time-out.
      if (dueAt < begin || one.category === 'saturated') return [one];
      if (history.generator?.loop !== 'closed') return [timedOut(one, dueAt + 5_000)];
      const connection = (one.key as string).split('-')[0] as string;
      if (waiting.has(connection)) return [];
      waiting.add(connection);
      return [timedOut(one, history.duration)];
    });
    return { ...history, operations };
  },

  'a lost key': (history: History, { salt }: Draw) => {
    const acknowledged = history.operations.filter(isOk).map(({ key }) => key);
    const lost = acknowledged[salt % Math.max(1, acknowledged.length)];
    const after = history.finalState.after.filter(({ key }) => key !== lost);
    return { ...history, finalState: { ...history.finalState, after } };
  },

  'a key applied twice': (history: History, { salt }: Draw) => {
    const { after } = history.finalState;
    const one = after[salt % Math.max(1, after.length)];
    return one ? { ...history, finalState: { ...history.finalState, after: [...after, one] } } : history;
  },

  'a second winner': (history: History, { salt }: Draw) => {
    const won = new Set(history.operations.filter(isOk).map(({ key }) => key));
    const losers = history.operations.flatMap(({ category, key }, n) =>
      category === '409' && won.has(key) ? [n] : [],
    );
    const chosen = losers[salt % Math.max(1, losers.length)];
    const operations = history.operations.map((one, n) =>
      n === chosen ? { ...one, category: 'ok', outcome: 'ok' as const } : one,
    );
    return { ...history, operations };
  },

  'a slower poll': (history: History, { salt }: Draw) => {
    const polls = history.polls.map((list) => ({
      ...list,
      took: list.took.map((took, n) => (n === salt % Math.max(1, list.took.length) ? Math.max(took, 1_900) : took)),
    }));
    return { ...history, polls };
  },

  'more backlog': (history: History, { from }: Draw) =>
    withSeries(history, 'backlog', (value, at) => (at >= from * history.duration ? value * 3 : value)),

  'an exit': (history: History, { from }: Draw) => ({
    ...history,
    exits: [...(history.exits ?? []), { at: from * history.duration, code: 1, signal: null, output: '' }],
  }),
} as const satisfies Readonly<Record<Change, (history: History, draw: Draw) => History>>;

/** Whether an operation of a history was answered well. */
export function isOk({ category }: Partial<Operation>): boolean {
  return (category ?? 'ok') === 'ok';
}

function withOperations(
  history: History,
  draw: Draw,
  which: (one: Partial<Operation>) => boolean,
  change: (one: Partial<Operation>, n: number) => Partial<Operation>,
): History {
  const begin = draw.from * history.duration;
  const operations = history.operations.map((one, n) =>
    which(one) && (one.dueAt as number) >= begin && drawnShare(n, draw.salt) < draw.share ? change(one, n) : one,
  );
  return { ...history, operations };
}

function withSeries(history: History, name: string, change: (value: number, at: number) => number): History {
  const series = history.series.map((one) =>
    one.name === name ? { ...one, values: one.values.map((value, n) => change(value, one.at[n] as number)) } : one,
  );
  return { ...history, series };
}

function failed(one: Partial<Operation>, n: number): Partial<Operation> {
  const { category, takes } = errors[n % errors.length] as (typeof errors)[number];
  const { outcome: _, ...rest } = one;
  const startedAt = (one.startedAt ?? one.dueAt) as number;
  // An error that comes sooner than the answer did is not worse for a percentile: its time has no upper end, but a lower one.
  return { ...rest, category, endedAt: Math.max(startedAt + takes, (one.endedAt ?? 0) as number) };
}

function timedOut(one: Partial<Operation>, endedAt: number): Partial<Operation> {
  return { ...one, category: 'timeout', outcome: 'unknown', endedAt: Math.max(endedAt, one.endedAt ?? 0) };
}

function slower(one: Partial<Operation>, by: number): Partial<Operation> {
  return { ...one, endedAt: ((one.endedAt ?? one.dueAt) as number) + by };
}

function lastInEffect(history: History): number {
  return history.faults.reduce((latest, { inEffectAt = 0 }) => Math.max(latest, inEffectAt), 0);
}
