import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addUpRates } from '../../../src/analysis/window/series.ts';
import { SeriesBuilder } from '../../../src/observe/series-builder.ts';

const commits = (counted: number) => ({ name: 'commits', counted });

function built(...readings: readonly [at: number, reading: Parameters<SeriesBuilder['add']>[1]][]) {
  const builder = new SeriesBuilder('db');
  for (const [at, reading] of readings) builder.add(at, reading);
  return builder.series(1_000);
}

describe('a series', () => {
  test('of a gauge has its values, from zero on', () => {
    const clients = (value: number) => ({ facts: [{ name: 'clients', unit: 'count', value } as const] });
    expect(built([500, clients(9)], [1_000, clients(3)], [1_500, undefined], [2_000, clients(4)])).toEqual([
      { subject: 'db', name: 'clients', unit: 'count', at: [0, 500, 1_000], values: [3, Number.NaN, 4] },
    ]);
  });

  test('of a counter has its growth per second', () => {
    const [series] = built([500, { facts: [commits(10)] }], [1_000, { facts: [commits(20)] }]);
    expect(series).toEqual({ subject: 'db', name: 'commits', unit: '/s', at: [0], values: [20] });
  });

  test('of a counter of milliseconds has the share of the time', () => {
    const cpu = (counted: number) => ({ facts: [{ name: 'cpu', counted, unit: '%' } as const] });
    const [series] = built([1_000, cpu(100)], [1_500, cpu(350)], [2_000, cpu(1_350)]);
    expect(series).toMatchObject({ unit: '%', at: [500, 1_000], values: [50, 200] });
  });

  test('of a share has that of what was counted since, and none of nothing', () => {
    const hits = (part: number, of: number) => ({ facts: [{ name: 'hits', part, of }] });
    const [series] = built([1_000, hits(10, 10)], [1_500, hits(11, 14)], [2_000, hits(11, 14)]);
    expect(series).toMatchObject({ unit: '%', values: [25, Number.NaN] });
  });

  test('remembers what was counted while nothing could be read', () => {
    const [series] = built([1_000, { facts: [commits(0)] }], [2_000, undefined], [3_000, { facts: [commits(100)] }]);
    expect(series).toMatchObject({ at: [1_000, 2_000], values: [Number.NaN, 50] });
  });

  test('of a fact that is missing for once has NaN there', () => {
    const [series] = built([1_000, { facts: [commits(0)] }], [1_500, { facts: [] }], [2_000, { facts: [commits(10)] }]);
    expect(series).toMatchObject({ values: [Number.NaN, 10] });
  });
});

describe('a counter that begins anew', () => {
  test('has grown by what it shows, if it shows less than before', () => {
    const [series] = built([1_000, { facts: [commits(80)] }], [2_000, { facts: [commits(30)] }]);
    expect(series?.values).toEqual([30]);
  });

  test('or if its server says so, though it shows more', () => {
    const [series] = built(
      [1_000, { facts: [commits(10)], since: 'monday' }],
      [2_000, { facts: [commits(30)], since: 'tuesday' }],
      [3_000, { facts: [commits(40)], since: 'tuesday' }],
    );
    expect(series?.values).toEqual([30, 10]);
  });

  test('never grows by less than nothing', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1_000)), (counts) => {
        const readings = counts.map((count, n) => [1_000 + 500 * n, { facts: [commits(count)] }] as const);
        const values = built(...readings.map(([at, reading]) => [at, reading] as [number, typeof reading]))[0]?.values;
        return (values ?? []).every((value) => value >= 0);
      }),
    );
  });
});

test('the rates of a counter add up to what it counted, however many of its readings are missing', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(1_000), fc.boolean()), { minLength: 1 }), (steps) => {
      let counted = 0;
      let last = 0;
      const builder = new SeriesBuilder('db');
      builder.add(0, { facts: [commits(0)] });
      for (const [n, [step, read]] of steps.entries()) {
        counted += step;
        builder.add(500 * (n + 1), read ? { facts: [commits(counted)] } : undefined);
        if (read) last = counted;
      }
      const [series] = builder.series(0);
      if (!series) throw new Error('there is a series');
      const total = addUpRates(series, { from: 0, to: Number.POSITIVE_INFINITY });
      expect(Number.isNaN(total) ? 0 : total).toBeCloseTo(last, 6);
    }),
  );
});
