import { expect, test } from 'vitest';
import { addUpRates, findSeries, summarizeSeries } from '../../../src/analysis/window/series.ts';
import { recordingOf } from '../../../src/recording/literal.ts';
import type { Series } from '../../../src/recording/recording.ts';

const { NaN: none } = Number;
const memory: Series = {
  subject: 'app',
  name: 'memory',
  unit: 'bytes',
  at: [0, 500, 1_000, 1_500, 2_000],
  values: [10, 20, none, 60, 90],
};

test('a window has the mean and the ends of its samples, those at its end and those that could not be read left out', () => {
  expect(summarizeSeries(memory, { from: 500, to: 2_000 })).toEqual({ mean: 40, min: 20, max: 60, samples: 2 });
  expect(summarizeSeries(memory, { from: 900, to: 1_400 })).toEqual({ mean: none, min: none, max: none, samples: 0 });
});

test('a rate adds up to what was counted, over gaps too', () => {
  const rate: Series = { ...memory, unit: '/s' };
  // 10 x 0 + 20 x 0.5 + 60 x 1 + 90 x 0.5
  expect(addUpRates(rate, { from: 0, to: 3_000 })).toBe(115);
  expect(addUpRates(rate, { from: 1_000, to: 2_000 })).toBe(60);
  expect(addUpRates(rate, { from: 3_000, to: 4_000 })).toBeNaN();
});

test('a series of which nothing could be read is none', () => {
  const empty: Series = { ...memory, name: 'cpu', values: memory.values.map(() => none) };
  const recording = recordingOf({ operations: [{}], series: [empty, memory] });
  expect(findSeries(recording, 'app', 'memory')).toBe(memory);
  expect(findSeries(recording, 'app', 'cpu')).toBeUndefined();
  expect(findSeries(recording, 'db', 'memory')).toBeUndefined();
});
