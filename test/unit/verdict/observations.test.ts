import { expect, test } from 'vitest';
import type { Series } from '../../../src/recording/recording.ts';
import { rowsFor } from '../../../src/verdict/rows/rows.ts';
import { messageOf } from '../../../src/verdict/words/messages.ts';
import { errorRateBelow } from '../asked.ts';
import { outage, steady } from './literals.ts';

const series = (subject: string, name: string, unit: Series['unit'], values: readonly number[]): Series => ({
  ...{ subject, name, unit, values },
  at: values.map((_, n) => n * 500),
});
const shown = (recording: Parameters<typeof rowsFor>[0]) =>
  Object.fromEntries(rowsFor(recording, []).map((row) => [row.metric, row.shown]));

test('memory is the peak and CPU the mean, measured without a bound', () => {
  const recording = steady({ rate: 10, seconds: 2 }, undefined, {
    series: [
      series('app', 'memory', 'bytes', [50 * 2 ** 20, Number.NaN, 120 * 2 ** 20]),
      series('generator', 'memory', 'bytes', [3 * 2 ** 20]),
      series('app', 'cpu', '%', [90, 106]),
    ],
  });
  expect(shown(recording)).toMatchObject({
    'app memory': '120 MiB',
    'generator memory': '3.0 MiB',
    'app CPU': '98 % of a core',
  });
  const row = rowsFor(recording, []).find(({ metric }) => metric === 'app memory');
  expect(row).toMatchObject({ verdict: 'measured', grade: null, target: null, value: 120 * 2 ** 20, samples: 2 });
});

test('a run without observations has no such rows', () => {
  expect(Object.keys(shown(steady({ rate: 10, seconds: 1 })))).not.toContain('app memory');
});

test('transactions rolled back are counted where a database suffered', () => {
  const rolledBack = [series('postgres', 'transactions rolled back', '/s', [0, 4, Number.NaN, 3])];
  expect(shown(outage(undefined, { series: rolledBack }, 'postgres'))).toMatchObject({
    'transactions rolled back': '5 transactions',
  });
  expect(Object.keys(shown(outage(undefined, { series: rolledBack })))).not.toContain('transactions rolled back');
});

test('a message tells what was under strain, and nothing of what was at ease', () => {
  const message = (...observed: Series[]) => {
    const recording = steady({ rate: 100, seconds: 2 }, () => ({ category: '503' }), { series: observed });
    return messageOf(recording, [errorRateBelow(recording, 0.01)], { isNot: false, title: '' });
  };
  const strained = message(
    series('app', 'cpu', '%', [96, Number.NaN, 100]),
    series('app', 'event-loop delay max', 'ms', [2, 302.4]),
    series('machine', 'cpu', '%', [190, 170]),
    series('machine', 'cores', 'count', [2, 2]),
    series('postgres', 'lock waits', 'count', [0, 12]),
  );
  expect(strained).toContain(
    '\n\nThe app used 98 % of a core. Its event loop was blocked for up to 302 ms. Up to 12 connections to postgres waited for locks.\n\nBREAKING_POINT_SEED',
  );
  expect(message(series('app', 'event-loop delay max', 'ms', [150]))).toContain(
    "\n\nThe app's event loop was blocked for up to 150 ms.\n\n",
  );
  const atEase = message(series('app', 'cpu', '%', [30]), series('postgres', 'lock waits', 'count', [0]));
  expect(atEase).toBe(message());
});
