import { describe, expect, test } from 'vitest';
import { errors } from '../../src/analysis/errors.ts';
import { type Interval, percentileInterval, shareInterval } from '../../src/analysis/interval.ts';
import { latencies, summary } from '../../src/analysis/latency.ts';
import { throughput } from '../../src/analysis/throughput.ts';
import type { Operation } from '../../src/recording/columns.ts';
import { recordingOf } from '../../src/recording/literal.ts';
import type { Recording } from '../../src/recording/recording.ts';

/**
 * A server whose answers are known, under an even open load of 1,000/s for 10 s. Each operation is sent up to 0.4 ms late, as real
 * generators do.
 */
function virtualServer(answer: (n: number, startedAt: number) => Partial<Operation>): Recording {
  const operations = Array.from({ length: 10_000 }, (_, n) => {
    const startedAt = n + (n % 5) / 10;
    return { dueAt: n, startedAt, ...answer(n, startedAt) };
  });
  return recordingOf({ operations, generator: { offeredRate: 1_000 } });
}

/** Within 2 % of the truth or 0.5 ms. */
function expectNear(seen: number, truth: number): void {
  expect(Math.abs(seen - truth)).toBeLessThanOrEqual(Math.max(0.5, 0.02 * truth));
}

function expectWithin([low, high]: Interval, truth: number): void {
  expect(low).toBeLessThanOrEqual(truth);
  expect(high).toBeGreaterThanOrEqual(truth);
}

interface Truth {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly mean: number;
  readonly max: number;
  /** Per cent. */
  readonly errors: number;
  /** Ok answers per second. */
  readonly goodput: number;
}

const servers: readonly [string, Recording, Truth][] = [
  [
    '5 ms, always',
    virtualServer((_, startedAt) => ({ endedAt: startedAt + 5 })),
    { p50: 5, p95: 5, p99: 5, mean: 5, max: 5, errors: 0, goodput: 1_000 },
  ],
  [
    // Operation 4,000 + k waits 1,000 - k ms: 500 of 10,000 wait longer than 500 ms and 100 longer than 900 ms. The mean is
    // (1 + ... + 1,000) / 10,000.
    'a freeze of 1 s in 10 s, else at once',
    virtualServer((n, startedAt) => ({ endedAt: n >= 4_000 && n < 5_000 ? 5_000 : startedAt })),
    { p50: 0, p95: 500, p99: 900, mean: 50.05, max: 1_000, errors: 0, goodput: 1_000 },
  ],
  [
    // 99 % at 5 ms are 99 % at or below 5 ms: the p99 is 5 ms. The mean is 0.99 x 5 + 0.01 x 400.
    '1 % at 400 ms, else 5 ms',
    virtualServer((n, startedAt) => ({ endedAt: startedAt + (n % 100 === 37 ? 400 : 5) })),
    { p50: 5, p95: 5, p99: 5, mean: 8.95, max: 400, errors: 0, goodput: 1_000 },
  ],
  [
    '2 % at 400 ms, else 5 ms',
    virtualServer((n, startedAt) => ({ endedAt: startedAt + (n % 50 === 37 ? 400 : 5) })),
    { p50: 5, p95: 5, p99: 400, mean: 12.9, max: 400, errors: 0, goodput: 1_000 },
  ],
  [
    '3 % errors in 5 ms',
    virtualServer((n, startedAt) => ({ endedAt: startedAt + 5, ...(n % 100 < 3 ? { category: '503' } : {}) })),
    { p50: 5, p95: 5, p99: 5, mean: 5, max: 5, errors: 3, goodput: 970 },
  ],
];

describe.each(servers)('a virtual server that answers: %s', (_, recording, truth) => {
  test.each(['best', 'worst'] as const)(
    'every figure is within 2 % or 0.5 ms of the truth, in the %s case',
    (which) => {
      const seen = summary(recording, which);
      for (const figure of ['p50', 'p95', 'p99', 'mean', 'max'] as const) expectNear(seen[figure], truth[figure]);
      expect(errors(recording).share[which] * 100).toBe(truth.errors);
      expect(Math.abs(throughput(recording).rps / truth.goodput - 1)).toBeLessThanOrEqual(0.02);
    },
  );

  test('every interval contains the truth', () => {
    for (const [share, value] of [
      [0.5, truth.p50],
      [0.95, truth.p95],
      [0.99, truth.p99],
    ] as const) {
      const [low] = percentileInterval(latencies(recording, 'best'), share);
      const [, high] = percentileInterval(latencies(recording, 'worst'), share);
      expectWithin([low, high], value);
    }
    const { operations, errors: count } = errors(recording);
    expectWithin(shareInterval(count.worst, operations), truth.errors / 100);
    expectWithin(shareInterval(operations - count.worst, operations), 1 - truth.errors / 100);
  });
});

test('every injected error is counted once, in its category', () => {
  const [, recording] = servers.find(([name]) => name.startsWith('3 % errors')) ?? [];
  expect(errors(recording as Recording).byCategory).toEqual(new Map([['503', 300]]));
});
