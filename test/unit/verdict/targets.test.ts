import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Recording } from '../../../src/recording/recording.ts';
import { meet } from '../../../src/verdict/metrics/meet.ts';
import { metrics } from '../../../src/verdict/metrics/metrics.ts';
import { type TargetMetric, target, targets } from '../../../src/verdict/metrics/targets.ts';
import { suite } from '../../perf/suite.ts';
import { keysOf, outage, raced, steady } from './literals.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('target', () => {
  test('reads BREAKING_POINT_TARGET, and is production without it', () => {
    vi.stubEnv('BREAKING_POINT_TARGET', '');
    expect(target().name).toBe('production');
    vi.stubEnv('BREAKING_POINT_TARGET', 'staging');
    expect(target()).toEqual({ name: 'staging', bounds: targets.staging });
    expect(target('enterprise').name).toBe('enterprise');
  });

  test('names the allowed ones, and where the wrong one came from', () => {
    const names = 'development, staging, production, enterprise';
    expect(() => target('toString')).toThrow(`target must be one of ${names}; got 'toString'`);
    vi.stubEnv('BREAKING_POINT_TARGET', 'prod');
    expect(() => target()).toThrow(`BREAKING_POINT_TARGET must be one of ${names}; got 'prod'`);
  });

  test('bounds only metrics that are measured, and lists no measured one as not measured', () => {
    const known: readonly string[] = metrics.map(({ name }) => name);
    for (const bounds of Object.values(targets)) expect(known).toEqual(expect.arrayContaining(Object.keys(bounds)));
    expect(suite.notMeasured.filter((name) => known.includes(name))).toEqual([]);
  });
});

/** A steady load whose answers take so long (milliseconds) for the given share of operations. */
function answering(times: readonly (readonly [share: number, ms: number])[]): Recording {
  return steady({ rate: 100, seconds: 10 }, (n, dueAt) => {
    const slow = times.find(([share]) => n % 1_000 < share * 1_000);
    return { endedAt: dueAt + (slow?.[1] ?? 10) };
  });
}

const paced = (rate: number, ok: number): Recording =>
  steady({ rate, seconds: 1 }, (n, dueAt) => (n < ok ? { endedAt: dueAt } : { category: '503' }));

const wrong = (operations: number, errors: number): Recording =>
  steady({ rate: operations, seconds: 1 }, (n) => (n < errors ? { category: '503' } : {}));

/** Of a thousand races the first so many have no winner. */
const unwon = (races: number, lost: number): Recording =>
  raced(races, (race, contender) => (race < lost && contender === 0 ? { category: '503' } : {}), {
    finalState: { after: Array.from({ length: races - lost }, (_, n) => ({ key: `R${n + lost}`, value: 'V0' })) },
  });

const racedFor = (ms: number): Recording =>
  raced(10, (race, contender) => (contender === 0 ? { endedAt: race * 100 + ms } : {}));

const errorsDuring = (count: number): Recording =>
  outage((n) => (n >= 1_000 && n < 1_000 + count ? { category: '503' } : {}));

/** Of the 2,000 operations after the outage, the last so many fail. */
const errorsAfter = (count: number): Recording =>
  outage((n) => (n >= 4_000 - count ? { category: '503' } : {}), {}, 'postgres');

const downUntil = (healedPlus: number, seconds: number, service: 'redis' | 'postgres' | 'app'): Recording =>
  steady(
    { rate: 100, seconds },
    (_, dueAt) => (dueAt >= 10_000 && dueAt < 15_000 + healedPlus ? { category: '503' } : {}),
    { faults: [{ service, inEffectAt: 10_000, healedAt: 15_000 }] },
  );

/** Postgres away from 10 to 15 s, and its pool of 4 connections for so long after it. */
const unpooled = (after: number): Recording => {
  const at = Array.from({ length: 80 }, (_, n) => n * 500);
  const values = at.map((instant) => (instant >= 10_000 && instant < 15_000 + after ? 0 : 4));
  return steady({ rate: 100, seconds: 40 }, undefined, {
    faults: [{ service: 'postgres', inEffectAt: 10_000, healedAt: 15_000 }],
    series: [
      { subject: 'postgres', name: 'active connections', unit: 'count', at, values: at.map(() => 0) },
      { subject: 'postgres', name: 'idle connections', unit: 'count', at, values },
    ],
  });
};

const backlogOf = (peak: number): Recording =>
  outage(undefined, {
    series: [
      {
        ...{ subject: 'probe', name: 'backlog', unit: 'count' },
        at: Array.from({ length: 20 }, (_, n) => n * 1_000),
        values: Array.from({ length: 20 }, (_, n) => (n === 8 ? peak : 1)),
      },
    ],
  });

const losing = (count: number): Recording => outage(undefined, { finalState: { after: keysOf(4_000, keysOf(count)) } });

// SPEC, section 3: for each bound a run that just keeps it and one that just does not.
const edges: readonly [string, TargetMetric, Recording, Recording][] = [
  ['development', 'RPS', paced(101, 101), paced(120, 100)],
  ['staging', 'RPS', paced(201, 201), paced(240, 200)],
  ['production', 'RPS', paced(501, 501), paced(600, 500)],
  ['enterprise', 'RPS', paced(1_001, 1_001), paced(1_200, 1_000)],
  ['development', 'p99', answering([[0.02, 1_999]]), answering([[0.02, 2_000]])],
  ['staging', 'p99', answering([[0.02, 999]]), answering([[0.02, 1_000]])],
  ['production', 'p99', answering([[0.02, 499]]), answering([[0.02, 500]])],
  ['enterprise', 'p99', answering([[0.02, 199]]), answering([[0.02, 200]])],
  ['production', 'p95', answering([[0.06, 199]]), answering([[0.06, 200]])],
  ['development', 'win rate', unwon(1_000, 9), unwon(1_000, 10)],
  ['staging', 'win rate', unwon(1_000, 0), unwon(1_000, 1)],
  ['production', 'win rate', unwon(1_000, 0), unwon(1_000, 1)],
  ['enterprise', 'win rate', unwon(1_000, 0), unwon(1_000, 1)],
  ['development', 'database recovery', downUntil(59_000, 90, 'postgres'), downUntil(60_000, 90, 'postgres')],
  ['staging', 'database recovery', downUntil(29_000, 60, 'postgres'), downUntil(30_000, 60, 'postgres')],
  ['production', 'database recovery', downUntil(9_000, 40, 'postgres'), downUntil(10_000, 40, 'postgres')],
  ['enterprise', 'database recovery', downUntil(4_000, 40, 'postgres'), downUntil(5_000, 40, 'postgres')],
  ['development', 'recovery', downUntil(59_000, 90, 'app'), downUntil(60_000, 90, 'app')],
  ['staging', 'recovery', downUntil(29_000, 60, 'app'), downUntil(30_000, 60, 'app')],
  ['production', 'recovery', downUntil(9_000, 40, 'app'), downUntil(10_000, 40, 'app')],
  ['enterprise', 'recovery', downUntil(4_000, 40, 'app'), downUntil(5_000, 40, 'app')],
  ...(['production', 'enterprise'] as const).flatMap((name): [string, TargetMetric, Recording, Recording][] => [
    [name, 'error rate', wrong(10_000, 9), wrong(10_000, 10)],
    [name, 'availability', wrong(10_000, 4), wrong(10_000, 5)],
    [name, 'race time', racedFor(99), racedFor(100)],
    [name, 'Redis outage error rate', errorsDuring(9), errorsDuring(10)],
    [name, 'Redis recovery', downUntil(4_000, 40, 'redis'), downUntil(5_000, 40, 'redis')],
    [name, 'success after a database outage', errorsAfter(19), errorsAfter(20)],
    [name, 'pool recovery', unpooled(4_000), unpooled(5_000)],
    [name, 'queue backlog', backlogOf(99), backlogOf(100)],
    [name, 'lost', losing(0), losing(1)],
  ]),
];

describe('each bound of each target', () => {
  test.each(edges)('%s: %s', (name, metric, kept, broken) => {
    const { bounds } = target(name);
    const verdict = (recording: Recording) => meet(recording, bounds).find((judgement) => judgement.metric === metric);
    expect(verdict(kept)).toMatchObject({ status: 'pass' });
    expect(verdict(broken)).toMatchObject({ status: 'fail' });
  });

  test('is among the edges above', () => {
    const tested = edges.map(([name, metric]) => `${name} ${metric}`);
    const all = Object.entries(targets).flatMap(([name, bounds]) => Object.keys(bounds).map((key) => `${name} ${key}`));
    expect(tested.sort()).toEqual(all.sort());
  });
});

describe('what a target says of a run', () => {
  const named = (recording: Recording) =>
    meet(recording, targets.production).map(({ metric, window }) => `${metric}, ${window}`);

  test('without a fault: throughput, latency and errors', () => {
    expect(named(steady({ rate: 100, seconds: 1 }))).toEqual([
      'RPS, the whole run',
      'p95, the whole run',
      'p99, the whole run',
      'error rate, the whole run',
      'availability, the whole run',
    ]);
  });

  test('with Redis away: the outage, the recovery, and what was lost', () => {
    expect(named(outage())).toEqual([
      'Redis outage error rate, during refuse(redis)',
      'Redis recovery, after refuse(redis)',
      'lost, the whole run',
    ]);
  });

  test('with the database away: what comes after, and what was lost', () => {
    expect(named(outage(undefined, {}, 'postgres'))).toEqual([
      'database recovery, after crash(postgres)',
      'success after a database outage, after crash(postgres)',
      'lost, the whole run',
    ]);
  });

  test('of a race: nothing but the races, and always one winner', () => {
    expect(named(raced(10))).toEqual([
      'win rate, the whole run',
      'race time, the whole run',
      'race conditions, the whole run',
    ]);
  });

  test('a run with a fault and keys whose final state nobody read is not cleared of losing anything', () => {
    const recording = steady({ rate: 200, seconds: 20 }, undefined, {
      faults: [{ inEffectAt: 5_000, healedAt: 10_000 }],
    });
    expect(meet(recording, targets.production)).toContainEqual(
      expect.objectContaining({
        metric: 'lost',
        status: 'unknown',
        because: expect.stringContaining('pass finalState'),
      }),
    );
  });
});
