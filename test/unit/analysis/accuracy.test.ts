import { describe, expect, test } from 'vitest';
import { type Interval, percentileInterval, shareInterval } from '../../../src/analysis/stats/interval.ts';
import { countErrors } from '../../../src/analysis/window/errors.ts';
import { measureLatencies, summarizeDurations } from '../../../src/analysis/window/latency.ts';
import { measureThroughput } from '../../../src/analysis/window/throughput.ts';
import { classify, type Ending, endingOf } from '../../../src/load/http/classify.ts';
import type { Operation } from '../../../src/recording/columns.ts';
import { recordingOf } from '../../../src/recording/literal.ts';
import type { Recording } from '../../../src/recording/recording.ts';
import { findBreakingPoint } from '../../../src/search/breaking-point.ts';
import { objectives } from '../../../src/search/objectives.ts';

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
  // 0.3 + 200 - 0.3 is a little over 200 in floating point.
  expect(low).toBeLessThanOrEqual(truth + 1e-9);
  expect(high).toBeGreaterThanOrEqual(truth - 1e-9);
}

/** What the generator makes of what it saw of a GET. */
const seenAs = (ending: Ending) => classify(ending, 'GET', null);
const lost = (code: string) => seenAs(endingOf(Object.assign(new Error(code), { code }), true));

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
  /** Errors by category; none unless given. */
  readonly categories?: Readonly<Record<string, number>>;
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
    virtualServer((n, startedAt) => ({
      endedAt: startedAt + 5,
      ...seenAs({ kind: 'answered', status: n % 100 < 3 ? 503 : 200 }),
    })),
    { p50: 5, p95: 5, p99: 5, mean: 5, max: 5, errors: 3, goodput: 970, categories: { 503: 300 } },
  ],
  [
    // Cut off after 2 ms. The mean is 0.98 x 5 + 0.02 x 2.
    '2 % of the connections reset, else 5 ms',
    virtualServer((n, startedAt) =>
      n % 50 === 25 ? { endedAt: startedAt + 2, ...lost('ECONNRESET') } : { endedAt: startedAt + 5 },
    ),
    { p50: 5, p95: 5, p99: 5, mean: 4.94, max: 5, errors: 2, goodput: 980, categories: { reset: 200 } },
  ],
  [
    // Half by a reset and half by an orderly end, after 30 ms, with the status 200 long there. The mean is 0.98 x 5 + 0.02 x 30.
    '2 % of the answers cut in the middle of the body, else 5 ms',
    virtualServer((n, startedAt) =>
      n % 50 === 25
        ? { endedAt: startedAt + 30, ...lost(n % 100 === 25 ? 'ECONNRESET' : 'UND_ERR_SOCKET') }
        : { endedAt: startedAt + 5 },
    ),
    { p50: 5, p95: 5, p99: 30, mean: 5.5, max: 30, errors: 2, goodput: 980, categories: { reset: 200 } },
  ],
  [
    // A fifth of all is slow. The mean is 0.2 x 200 + 0.8 x 5.
    'a slow start: 200 ms in the first 2 s, then 5 ms',
    virtualServer((n, startedAt) => ({ endedAt: startedAt + (n < 2_000 ? 200 : 5) })),
    { p50: 5, p95: 200, p99: 200, mean: 44, max: 200, errors: 0, goodput: 1_000 },
  ],
];

describe.each(servers)('a virtual server that answers: %s', (_, recording, truth) => {
  test.each(['best', 'worst'] as const)(
    'every figure is within 2 % or 0.5 ms of the truth, in the %s case',
    (which) => {
      const seen = summarizeDurations(recording, which);
      for (const figure of ['p50', 'p95', 'p99', 'mean', 'max'] as const) expectNear(seen[figure], truth[figure]);
      expect(countErrors(recording).share[which] * 100).toBe(truth.errors);
      expect(Math.abs(measureThroughput(recording).rps / truth.goodput - 1)).toBeLessThanOrEqual(0.02);
    },
  );

  test('every injected error is counted once, in its category', () => {
    expect(Object.fromEntries(countErrors(recording).byCategory)).toEqual(truth.categories ?? {});
  });

  test('every interval contains the truth', () => {
    for (const [share, value] of [
      [0.5, truth.p50],
      [0.95, truth.p95],
      [0.99, truth.p99],
    ] as const) {
      const [low] = percentileInterval(measureLatencies(recording, 'best'), share);
      const [, high] = percentileInterval(measureLatencies(recording, 'worst'), share);
      expectWithin([low, high], value);
    }
    const { operations, errors: count } = countErrors(recording);
    expectWithin(shareInterval(count.worst, operations), truth.errors / 100);
    expectWithin(shareInterval(operations - count.worst, operations), 1 - truth.errors / 100);
  });
});

test('a slow start that the warm-up took is in no figure', () => {
  const operations = Array.from({ length: 12_000 }, (_, n) => {
    const dueAt = n - 2_000;
    return { dueAt, endedAt: dueAt + (n < 2_000 ? 200 : 5) };
  });
  const recording = recordingOf({ operations, generator: { offeredRate: 1_000 } });
  expect(summarizeDurations(recording)).toMatchObject({ p50: 5, p95: 5, p99: 5, mean: 5, max: 5, samples: 10_000 });
  expect(measureThroughput(recording).rps).toBe(1_000);
});

describe('a virtual server that answers 400 requests per second, one after the other', () => {
  const each = 1_000 / 400;

  /** An even open load on it. */
  function trial(rate: number, seconds: number): Recording {
    let free = 0;
    const operations = Array.from({ length: Math.ceil(rate * seconds) }, (_, n) => {
      const dueAt = (n * 1_000) / rate;
      free = Math.max(dueAt, free) + each;
      return { dueAt, endedAt: free };
    });
    return recordingOf({ operations, duration: seconds * 1_000, generator: { offeredRate: rate } });
  }

  const holds = objectives({ p99: '500ms', errorRate: '1%' });

  test.each([50, 60, 70, 90, 110, 130, 175, 260, 390])(
    'has its capacity in a bracket narrower than a tenth, looked for from %i/s',
    async (from) => {
      const point = await findBreakingPoint({
        of: 'offered rate',
        from,
        to: 5_000,
        trial: async (rate, { stretch }) => trial(rate, Math.max(5, Math.ceil(holds.needed / rate)) * stretch),
        holds,
      });
      expect(point.status, point.picture).toBe('found');
      const [held, broke] = [point.heldAt as number, point.brokeAt as number];
      // To keep up is to answer 99 % of what is offered, so a rate of up to 400 / 0.99 holds.
      expect(held * 0.99, point.picture).toBeLessThanOrEqual(400);
      expect(broke, point.picture).toBeGreaterThan(400);
      expect((broke - held) / held).toBeLessThanOrEqual(0.1);
      expect(point.contradictions).toEqual([]);
      expect(point.brokeFirst.map(({ metric }) => metric)).toContain('answered of offered');
    },
  );

  test('answers every second as many as it can when more are offered', () => {
    expect(measureThroughput(trial(600, 10)).rps).toBeCloseTo(400, 0);
  });
});
