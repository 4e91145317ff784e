import { expect, test } from 'vitest';
import { parseProbe, probeSeries } from '../../../src/observe/probe-series.ts';
import type { ProbeSample } from '../../../src/stack/app/node-probe.ts';

const sample = (at: number, more: Partial<ProbeSample> = {}): ProbeSample => ({
  pid: 1,
  at,
  span: 500,
  p99: 1,
  max: 2,
  busy: 0.1,
  gc: 5,
  heap: 1_000,
  ...more,
});
const valuesOf = (samples: readonly ProbeSample[], to = 3_000) =>
  Object.fromEntries(probeSeries('app', samples, 0, to).map(({ name, values }) => [name, values]));

test('two samples a second become one value: the worst delay, the sum of collections, the last heap', () => {
  expect(
    valuesOf([sample(400, { max: 300, p99: 250 }), sample(900, { gc: 45, heap: 2_000, busy: 0.5 })], 1_000),
  ).toEqual({
    'event-loop delay p99': [250],
    'event-loop delay max': [300],
    'event-loop utilisation': [50],
    'garbage collection': [5],
    'heap used': [2_000],
  });
});

test('of several processes the loop is that of the worst, collections and heap are the sum', () => {
  const seen = valuesOf([sample(400), sample(450, { pid: 2, max: 80, busy: 0.9, gc: 50 })], 1_000);
  expect(seen).toMatchObject({ 'event-loop delay max': [80], 'event-loop utilisation': [90] });
  expect(seen).toMatchObject({ 'garbage collection': [11], 'heap used': [2_000] });
});

test('a second without a word is NaN, and so is the time after a crash', () => {
  expect(valuesOf([sample(100), sample(2_100, { max: 1_400 })])['event-loop delay max']).toEqual([
    2,
    Number.NaN,
    1_400,
  ]);
  expect(valuesOf([sample(100)])['heap used']).toEqual([1_000, Number.NaN, Number.NaN]);
});

test('what was sampled before zero and after the end is left out, and without a sample there is no series', () => {
  expect(valuesOf([sample(-1), sample(3_001)])).toEqual({});
  expect(probeSeries('app', [], 0, 1_000)).toEqual([]);
});

test('the last value is at the end of the run, though its second is not over', () => {
  expect(probeSeries('app', [sample(100)], 0, 1_200)[0]?.at).toEqual([1_000, 1_200]);
});

test('half a line, as a crash leaves it, is no sample', () => {
  const line = JSON.stringify(sample(1));
  expect(parseProbe(`${line}\n${line.slice(0, 20)}`)).toEqual([sample(1)]);
  expect(parseProbe('')).toEqual([]);
});
