import { describe, expect, test } from 'vitest';
import type { Recording, Series } from '../../../src/recording/recording.ts';
import { type MatcherState, matchers } from '../../../src/verdict/matchers/matchers.ts';
import { rowsFor } from '../../../src/verdict/rows/rows.ts';
import { backlogBelow, poolRecoverWithin, recoverWithin } from '../asked.ts';
import { away, outage, steady } from './literals.ts';

/** A number every half second of the 20 s of an outage from 5 to 10 s. */
function sampled(value: (at: number) => number, about: Partial<Series> = {}): Series {
  const at = Array.from({ length: 40 }, (_, n) => n * 500);
  return { subject: 'probe', name: 'backlog', unit: 'count', ...about, at, values: at.map(value) };
}

const probed = (
  value: (at: number) => number,
  rest: { readonly notes?: readonly string[]; readonly name?: string } = {},
) => outage(undefined, { series: [sampled(value, { name: rest.name ?? 'backlog' })], notes: rest.notes ?? [] });

const rows = (recording: Recording) =>
  Object.fromEntries(rowsFor(recording, []).map(({ metric, shown }) => [metric, shown]));

describe('a backlog below a bound', () => {
  test('passes below it and fails at it, with when it was largest', () => {
    const peaking = (peak: number) => probed((at) => (at === 7_000 ? peak : 3));
    expect(backlogBelow(peaking(99), 100)).toMatchObject({
      status: 'pass',
      metric: 'queue backlog',
      value: 99,
      shown: '99',
      bound: '< 100',
      samples: 40,
      window: 'the whole run',
    });
    const judgement = backlogBelow(peaking(1_812), 100);
    expect(judgement).toMatchObject({ status: 'fail', value: 1_812, shown: '1,812' });
    expect(judgement.because).toContain(
      'It was largest at 7.0 s, during refuse(redis): 1,812. The last look found 3.\nrefuse(redis) lasted from 5.0 s to 10.0 s',
    );
    expect(judgement.because).toContain('more workers, larger batches');
    expect(backlogBelow(peaking(100), 100).status).toBe('fail');
  });

  test('is judged over ten hours of a probe', () => {
    const at = Array.from({ length: 144_000 }, (_, n) => n * 250);
    const probe: Series = { ...sampled(() => 1), at, values: at.map(() => 3) };
    const hours = steady({ rate: 1, seconds: 36_000 }, undefined, { series: [probe] });
    expect(backlogBelow(hours, 100)).toMatchObject({ status: 'pass', samples: 144_000 });
  });

  test('after the load it counts too', () => {
    const late: Series = { ...sampled(() => 1), at: Array.from({ length: 40 }, (_, n) => n * 600) };
    const values = late.at.map((at) => (at === 23_400 ? 300 : 1));
    const judgement = backlogBelow(outage(undefined, { series: [{ ...late, values }] }), 100);
    expect(judgement.because).toContain(
      "It was largest at 23.4 s (after the load's end): 300. The last look found 300.",
    );
  });

  test('where the probe gave no number it is unknown, unless what was seen breaks the bound', () => {
    const note = 'the probe backlog gave no number 3 of 40 times (NaN in its series): it threw: connect ECONNREFUSED';
    const gaps = (peak: number) =>
      probed((at) => (at >= 6_000 && at < 7_500 ? Number.NaN : at === 9_000 ? peak : 3), { notes: [note] });
    expect(backlogBelow(gaps(60), 100)).toMatchObject({
      status: 'unknown',
      shown: '60 or more',
      because: expect.stringMatching(
        /^The probe backlog gave no number 3 of 40 times, .* \(the probe backlog gave no number .*ECONNREFUSED\)\. Read it around the fault proxy/,
      ),
    });
    expect(backlogBelow(gaps(160), 100)).toMatchObject({ status: 'fail', value: 160, shown: '160 or more' });
    expect(
      backlogBelow(
        probed(() => Number.NaN),
        100,
      ),
    ).toMatchObject({ status: 'unknown', shown: 'not measured' });
  });

  test('a time in which nobody looked, in between or at the end, is unknown', () => {
    const looked = (holds: (at: number) => boolean) => {
      const { at, values, ...about } = sampled(() => 3);
      const kept = at.filter(holds);
      return outage(undefined, { series: [{ ...about, at: kept, values: values.slice(0, kept.length) }] });
    };
    expect(
      backlogBelow(
        looked((at) => at <= 6_000 || at > 8_000),
        100,
      ).status,
    ).toBe('pass');
    const between = backlogBelow(
      looked((at) => at <= 6_000 || at > 9_000),
      100,
    );
    expect(between).toMatchObject({ status: 'unknown', shown: '3 or more' });
    expect(between.because).toContain('Nobody looked for 3.5 s');
    expect(
      backlogBelow(
        looked((at) => at <= 16_000),
        100,
      ).because,
    ).toContain('Nobody looked for 4.0 s');
    expect(
      backlogBelow(
        looked((at) => at >= 4_000),
        100,
      ).because,
    ).toContain('Nobody looked for 4.0 s');
  });

  test('no probe of the name, too few numbers, or a fault that was not felt are unknown', () => {
    expect(backlogBelow(outage(), 100).because).toMatch(
      /^This run had no probe named 'backlog' \(its probes: none\), .* pass run\(\{ probe: \{ backlog: \(\) => \.\.\. \} \}\)\./,
    );
    const waiting = probed(() => 1, { name: 'waiting' });
    expect(backlogBelow(waiting, 100).because).toContain("(its probes: 'waiting')");
    expect(backlogBelow(waiting, 100, 'waiting')).toMatchObject({ status: 'pass', metric: 'queue backlog (waiting)' });
    const short = steady({ rate: 10, seconds: 1 }, undefined, {
      series: [{ ...sampled(() => 1), at: [0], values: [1] }],
    });
    expect(backlogBelow(short, 100)).toMatchObject({
      status: 'unknown',
      because: expect.stringContaining('was read 1 time, and that a backlog stayed small takes 10'),
    });
    const bite = { connectionsBefore: 0, seenAtStart: true, seenBeforeEnd: true, detail: '' };
    const unfelt = outage(undefined, {
      series: [sampled(() => 1)],
      faults: [{ inEffectAt: 5_000, healedAt: 10_000, bite }],
    });
    expect(backlogBelow(unfelt, 100)).toMatchObject({
      status: 'unknown',
      because: expect.stringContaining('was not felt'),
    });
  });

  test("what only the burst after a stall of the generator's own made is unknown", () => {
    const generator = { stalls: [[6_000, 7_000]], catchingUp: [[7_000, 7_400]] } as const;
    const recording = outage(undefined, { series: [sampled((at) => (at === 7_500 ? 150 : 2))], generator });
    expect(backlogBelow(recording, 100)).toMatchObject({
      status: 'unknown',
      shown: '2 to 150',
      because: expect.stringContaining('just after a stall of the load generator'),
    });
  });

  test('is a row with a grade by SPEC', () => {
    const row = (peak: number) =>
      rowsFor(
        probed((at) => (at === 7_000 ? peak : 3)),
        [],
      ).find(({ metric }) => metric === 'queue backlog');
    expect(row(99)).toMatchObject({ shown: '99', value: 99, grade: 'good', samples: 40, verdict: 'measured' });
    expect(row(100)).toMatchObject({ grade: 'warning', action: 'more workers' });
    expect(row(1_000)).toMatchObject({ grade: 'critical', action: 'scale workers' });
    expect(row(Number.NaN)).toMatchObject({ shown: '3 or more', value: null, grade: null });
  });

  const call = (...args: readonly unknown[]) => {
    const state: MatcherState = {};
    return (matchers.toHaveBacklogBelow as (this: MatcherState, ...all: readonly unknown[]) => { pass: boolean }).call(
      state,
      ...args,
    );
  };

  test('is what the matcher says, of any probe', () => {
    expect(
      call(
        probed(() => 3),
        100,
      ).pass,
    ).toBe(true);
    expect(
      call(
        probed(() => 3),
        3,
      ).pass,
    ).toBe(false);
    expect(
      call(
        probed(() => 3, { name: 'waiting' }),
        100,
        { probe: 'waiting' },
      ).pass,
    ).toBe(true);
  });

  test.each([
    [[0], 'toHaveBacklogBelow needs a number above 0, such as 100; got 0'],
    [['100'], 'got "100"'],
    [[Number.NaN], 'got null'],
    [[100, 'waiting'], "takes { probe: 'name' } as its options"],
    [[100, { prob: 'waiting' }], 'got prob: "waiting"'],
    [[100, { probe: 3 }], 'got probe: 3'],
  ])('bad input %j is an error', (args, message) => {
    expect(() =>
      call(
        probed(() => 1),
        ...args,
      ),
    ).toThrow(message);
  });

  test('a window is no place for it', () => {
    expect(() => call(probed(() => 1).during, 100)).toThrow('judges a whole recording');
  });
});

describe('recovery by signal', () => {
  /** Refused for 5 s, a tenth wrong for 2 s more, and a backlog that is drained 4 s after the healing. */
  const slowly = outage(
    (n, dueAt) =>
      away(dueAt)
        ? { category: 'refused' }
        : dueAt >= 10_000 && dueAt < 12_000 && n % 10 === 0
          ? { category: '503' }
          : {},
    {
      series: [
        sampled((at) => (at >= 5_000 && at < 14_000 ? 80 : 0)),
        sampled((at) => (away(at) ? 0 : 3), { subject: 'postgres', name: 'active connections' }),
      ],
    },
    'postgres',
  );

  test('a message says when each came back, and what the outage cost', () => {
    const judgement = recoverWithin(slowly, 2_000);
    expect(judgement).toMatchObject({ status: 'fail', metric: 'database recovery', value: 4_000 });
    expect(judgement.because).toContain(
      'Back to normal after the fault: connections to postgres (3 or more) at once, backlog (3 or less) after 4.0 s, ok answers at once and error rate after 2.0 s. Never worse than before: p99. ' +
        'It got worse at once and 1,040 operations fewer than usual went well.\n' +
        '40 of 2,000 operations after crash(postgres) failed: 503 (40).',
    );
  });

  test('of a backlog that drains only that is missing, and not a pool that is full by demand', () => {
    const draining = (service: 'redis' | 'postgres', name: string) =>
      recoverWithin(
        outage(
          (_, dueAt) => (away(dueAt) ? { category: 'refused' } : {}),
          {
            series: [
              // 800 wait when the fault is lifted, and 40 less each second.
              sampled((at) => (at < 5_000 ? 0 : at < 10_000 ? (at - 5_000) * 0.16 : 800 - (at - 10_000) * 0.04)),
              sampled((at) => (at < 5_000 ? 14 : away(at) ? 2 : 9), { subject: service, name }),
            ],
          },
          service,
        ),
        5_000,
      );
    const redis = draining('redis', 'connected clients');
    expect(redis).toMatchObject({ status: 'fail', shown: '> 10.0 s' });
    expect(redis.because).toContain('Not back when the run ended: backlog (3 or less).');
    expect(redis.because).toContain('Back to normal after the fault: connections to redis at once, ok answers at once');
    expect(draining('postgres', 'active connections').because).toContain(
      'connections to postgres (9 or more, 14 before) at once',
    );
  });

  test('what never came back is named, causes first', () => {
    const leaking = outage(
      (_, dueAt) => (dueAt >= 5_000 ? { category: '503' } : {}),
      {
        series: [
          sampled((at) => (at < 5_000 ? 0 : at / 10)),
          sampled((at) => (at < 5_000 ? 4 : 1), { subject: 'postgres', name: 'active connections' }),
        ],
      },
      'postgres',
    );
    expect(recoverWithin(leaking, 2_000).because).toContain(
      'Not back when the run ended: connections to postgres (4 or more), backlog (3 or less), ok answers and error rate.',
    );
  });

  test('what never came back is named', () => {
    const down = outage((_, dueAt) => (dueAt >= 5_000 ? { category: 'refused' } : {}));
    expect(recoverWithin(down, 5_000).because).toContain(
      'Not back when the run ended: ok answers and error rate. Never worse than before: p99.',
    );
  });

  test('a service that nothing happened to has no more to tell', () => {
    expect(recoverWithin(outage(), 5_000).because).not.toContain('Back after');
    expect(Object.keys(rows(outage()))).toEqual([
      'Redis outage error rate',
      'p99',
      'Redis recovery',
      'lost',
      'duplicated',
    ]);
  });

  test('each is a row, with what the outage cost', () => {
    expect(rows(slowly)).toMatchObject({
      'database recovery': '4.0 s',
      'pool recovery': '0 s',
      'recovery of goodput': '0 s',
      'recovery of errors': '2.0 s',
      'recovery of p99': '0 s',
      'recovery of backlog': '4.0 s',
      'time to degrade': '0 s',
      'goodput lost': '1,040 operations',
      relapses: '0 relapses',
      'queue backlog': '80',
    });
  });
});

describe('pool recovery', () => {
  const pooled = (connections: (at: number) => number, seconds = 20) =>
    outage(
      (_, dueAt) => (away(dueAt) ? { category: '503' } : {}),
      {
        duration: seconds * 1_000,
        series: [sampled(connections, { subject: 'postgres', name: 'active connections' })],
      },
      'postgres',
    );

  test('is from healing until the connections are back, below the bound of a target', () => {
    const until = (instant: number) => pooled((at) => (at < 5_000 || at >= instant ? 4 : 0));
    expect(poolRecoverWithin(until(14_500), 5_000)).toMatchObject({
      status: 'pass',
      metric: 'pool recovery',
      value: 4_500,
      window: 'after crash(postgres)',
    });
    const judgement = poolRecoverWithin(until(15_000), 5_000);
    expect(judgement).toMatchObject({ status: 'fail', shown: '5.0 s', bound: '< 5.0 s' });
    expect(judgement.because).toContain(
      'Before the fault it held 4 connections to postgres or more; 4 connections or more count as full again.',
    );
    expect(poolRecoverWithin(until(15_000), 5_000, '<=').status).toBe('pass');
  });

  test('a run that ended too soon cannot tell', () => {
    expect(
      poolRecoverWithin(
        pooled((at) => (at < 5_000 ? 4 : 0), 13),
        5_000,
      ),
    ).toMatchObject({
      status: 'unknown',
      shown: '> 3.0 s',
      because: expect.stringContaining('The run ended 3.0 s after healing with the pool not yet full'),
    });
  });

  test('connections that nobody counted before the fault, and a recovery that cannot be measured, are unknown', () => {
    expect(
      poolRecoverWithin(
        pooled((at) => (at < 5_000 ? Number.NaN : 4)),
        5_000,
      ),
    ).toMatchObject({
      status: 'unknown',
      shown: 'not measured',
      because: expect.stringContaining('were not counted before the fault'),
    });
    const early = steady({ rate: 200, seconds: 10 }, undefined, {
      faults: [{ service: 'postgres', inEffectAt: 500, healedAt: 5_000 }],
      series: [sampled(() => 4, { subject: 'postgres', name: 'active connections' })],
    });
    expect(poolRecoverWithin(early, 5_000).because).toContain('Recovery could not be measured: only');
    expect(rows(early)).toMatchObject({ 'pool recovery': 'not measured' });
  });

  test('a pool that lost its connections again, and the work with them, fails', () => {
    const relapsing = outage(
      (_, dueAt) => (away(dueAt) || dueAt >= 16_000 ? { category: '503' } : {}),
      {
        series: [
          sampled((at) => (away(at) || at >= 16_000 ? 1 : 4), { subject: 'postgres', name: 'active connections' }),
        ],
      },
      'postgres',
    );
    expect(poolRecoverWithin(relapsing, 5_000)).toMatchObject({
      status: 'fail',
      shown: '0 s, then relapsed',
      because: expect.stringContaining('The pool lost connections again 6.0 s after healing'),
    });
  });

  test('connections that are back while the work is not are unknown', () => {
    const leaked = outage(
      (_, dueAt) => (dueAt >= 5_000 ? { category: '503' } : {}),
      { series: [sampled((at) => (away(at) ? 0 : 4), { subject: 'postgres', name: 'active connections' })] },
      'postgres',
    );
    expect(poolRecoverWithin(leaked, 5_000)).toMatchObject({
      status: 'unknown',
      because: expect.stringContaining(
        'The app holds its connections to postgres again, and does not do its work as before',
      ),
    });
  });

  test('of several databases each must be full again, and have been counted', () => {
    const shop = (at: number) => (at >= 16_000 ? 4 : at < 5_000 ? 4 : 0);
    const both = (second: (at: number) => number) =>
      outage(
        (_, dueAt) => (away(dueAt) ? { category: '503' } : {}),
        {
          faults: ['shop', 'stock'].map((service) => ({
            ...{ kind: 'crash', service, serviceKind: 'postgres', inEffectAt: 5_000, healedAt: 10_000 },
          })),
          series: [
            sampled(shop, { subject: 'shop', name: 'active connections' }),
            sampled(second, { subject: 'stock', name: 'active connections' }),
          ],
        },
        'postgres',
      );
    // Of stock nobody knows, and shop was full again after 6 s.
    const hidden = both((at) => (at < 5_000 ? 4 : Number.NaN));
    expect(poolRecoverWithin(hidden, 5_000)).toMatchObject({ status: 'fail', shown: '6.0 s' });
    expect(poolRecoverWithin(hidden, 7_000).status).toBe('unknown');
    const uncounted = both((at) => (at < 5_000 ? Number.NaN : 4));
    expect(poolRecoverWithin(uncounted, 5_000).status).toBe('fail');
    expect(poolRecoverWithin(uncounted, 7_000)).toMatchObject({
      status: 'unknown',
      because: expect.stringContaining('were not counted before the fault'),
    });
  });

  test('is asked only of a database that suffered', () => {
    const series = [
      sampled(() => 4, { subject: 'postgres', name: 'active connections' }),
      sampled(() => 4, { subject: 'redis', name: 'connected clients' }),
    ];
    expect(Object.keys(rows(outage(undefined, { series })))).not.toContain('pool recovery');
  });
});
