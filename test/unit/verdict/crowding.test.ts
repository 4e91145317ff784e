import { describe, expect, test } from 'vitest';
import type { Operation } from '../../../src/recording/columns.ts';
import { type LiteralRecording, recordingOf } from '../../../src/recording/literal.ts';
import type { Recording, Series } from '../../../src/recording/recording.ts';
import { loseNothing } from '../../../src/verdict/checks/lose-nothing.ts';
import { reportReadiness } from '../../../src/verdict/checks/report-readiness.ts';
import { stayLive } from '../../../src/verdict/checks/stay-live.ts';
import { polled } from '../analysis/health-literals.ts';
import { errorRateBelow, keepUp, latencyBelow, raceTimeBelow, recoverWithin, sustainRps } from '../asked.ts';

const at = [0, 500, 1_000, 1_500, 2_000, 2_500, 3_000, 3_500];

/** A series of one value, sampled twice a second for 4 s. */
const steady = (subject: string, name: string, value: number, unit: Series['unit'] = '%'): Series => ({
  subject,
  name,
  unit,
  at,
  values: at.map(() => value),
});

/** Two cores; the app, the load and a database use 90 % of one. */
const machineAt = (cpu: number) => [
  steady('machine', 'cpu', cpu),
  steady('machine', 'cores', 2, 'count'),
  steady('generator', 'cpu', 30),
  steady('app', 'cpu', 40),
  steady('postgres', 'cpu', 20),
];

/** 300 operations in 3 s, each of which took 600 ms. */
const slowOnes: Partial<Operation>[] = Array.from({ length: 300 }, (_, n) => ({
  dueAt: n * 10,
  endedAt: n * 10 + 600,
}));

const slow = (series: readonly Series[], literal: Partial<LiteralRecording> = {}) =>
  recordingOf({ operations: slowOnes, series, ...literal });

describe('a p99 that is too long', () => {
  test('is unknown when the machine was full and others used half a core, and says so', () => {
    const judgement = latencyBelow(slow(machineAt(190)), 0.99, 500);
    expect(judgement.status).toBe('unknown');
    expect(judgement.because).toContain(
      'The machine was full in this run: 190 % of 200 %, of which 100 % went to processes that have no part in it.',
    );
  });

  test('is so too where the user gave a probe, which is no process', () => {
    const probed = [...machineAt(190), steady('probe', 'backlog', 3, 'count')];
    expect(latencyBelow(slow(probed), 0.99, 500).status).toBe('unknown');
  });

  test.each([
    ['nothing was observed', []],
    ['the machine had room', machineAt(170)],
    ['the experiment itself filled the machine', [...machineAt(190), steady('redis', 'cpu', 60)]],
    ['a service did not say what it used', [...machineAt(190), steady('redis', 'clients', 3, 'count')]],
    ['what the app used could not be read', [...machineAt(190), steady('worker', 'cpu', Number.NaN)]],
  ])('fails when %s', (_, series) => {
    expect(latencyBelow(slow(series), 0.99, 500).status).toBe('fail');
  });

  test('counts what the host took for other guests', () => {
    const judgement = latencyBelow(slow([...machineAt(130), steady('machine', 'stolen cpu', 60)]), 0.99, 500);
    expect(judgement.status).toBe('unknown');
    expect(judgement.because).toContain('or to other guests of this host');
  });

  test('goes by the window, not by the run', () => {
    const crowded = machineAt(190).map((series) =>
      series.name === 'cpu' && series.subject === 'machine'
        ? { ...series, values: at.map((instant) => (instant < 2_000 ? 190 : 100)) }
        : series,
    );
    const operations = Array.from({ length: 800 }, (_, n) => ({ dueAt: n * 5, endedAt: n * 5 + 600 }));
    const recording = recordingOf({
      operations,
      series: crowded,
      faults: [{ inEffectAt: 2_000, healedAt: 4_000 }],
      duration: 4_000,
    });
    expect(latencyBelow(recording.before, 0.99, 500).status).toBe('unknown');
    expect(latencyBelow(recording.during, 0.99, 500).status).toBe('fail');
  });
});

test('a p99 that is short enough passes on a full machine too', () => {
  expect(latencyBelow(slow(machineAt(190)), 0.99, 700).status).toBe('pass');
});

/** Answered at half the rate at which they came. */
const backlog = Array.from({ length: 400 }, (_, n) => ({ dueAt: n * 10, endedAt: n * 20 + 5 }));
/** 200/s; from the fault to the end every answer takes 2 s. */
const unrecovered: Partial<Operation>[] = Array.from({ length: 2_400 }, (_, n) => ({
  dueAt: n * 5,
  endedAt: n * 5 + (n * 5 < 3_000 ? 1 : 2_000),
}));
const outage = { operations: unrecovered, faults: [{ inEffectAt: 3_000, healedAt: 4_000 }] };
const raced: Partial<Operation>[] = Array.from({ length: 20 }, (_, n) => ({
  dueAt: Math.floor(n / 2) * 200,
  endedAt: Math.floor(n / 2) * 200 + 100 + n,
  key: `${Math.floor(n / 2)}`,
  value: `vendor ${n % 2}`,
  category: n % 2 === 0 ? 'ok' : '409',
}));

const tooSlow = {
  'a goodput': (series: readonly Series[]) =>
    sustainRps(recordingOf({ operations: slowOnes, series, generator: { loop: 'closed' } }), 200),
  'a backlog': (series: readonly Series[]) => keepUp(recordingOf({ operations: backlog, series })),
  'a recovery': (series: readonly Series[]) => {
    const longer = series.map((one) => ({ ...one, at: one.at.map((instant) => instant * 3.4) }));
    return recoverWithin(recordingOf({ ...outage, series: longer }), 2_000);
  },
  'a race': (series: readonly Series[]) =>
    raceTimeBelow(recordingOf({ operations: raced, series, generator: { loop: 'race' } }), 50),
};

test.each(Object.entries(tooSlow))('%s that fails on a machine with room is unknown on a full one', (_, judged) => {
  expect(judged(machineAt(100)), judged(machineAt(100)).because).toMatchObject({ status: 'fail' });
  expect(judged(machineAt(190)).status).toBe('unknown');
});

describe('health polls that come late by seconds', () => {
  /** 20 s; the machine is full from 12 s on. Redis is away from 4 s to 8 s, and half of the work fails then. */
  const crowdedFrom = 12_000;
  const sampled = (cpu: (at: number) => number): Series[] => {
    const instants = Array.from({ length: 40 }, (_, n) => n * 500);
    return machineAt(100).map((one) => ({
      ...one,
      at: instants,
      values: instants.map((at) => (one.subject === 'machine' && one.name === 'cpu' ? cpu(at) : (one.values[0] ?? 0))),
    }));
  };
  const late = (kind: 'live' | 'ready', at: number) =>
    kind === 'live'
      ? { answer: 200, took: at >= 14_000 && at < 17_000 ? 1_900 : 10 }
      : { answer: at >= 14_000 && at < 17_000 ? 'timeout' : 200, took: at >= 14_000 && at < 17_000 ? 1_000 : 10 };
  const recorded = (kind: 'live' | 'ready', cpu: (at: number) => number, lateWork: Partial<Operation> = {}) =>
    recordingOf({
      operations: Array.from({ length: 4_000 }, (_, n) => {
        const dueAt = n * 5;
        const failed = dueAt >= 4_000 && dueAt < 8_000 && n % 2 ? { category: '503' } : {};
        return { dueAt, endedAt: dueAt + 20, ...failed, ...(dueAt >= 14_000 && dueAt < 17_000 && lateWork) };
      }),
      duration: 20_000,
      series: sampled(cpu),
      polls: [polled(kind, 20, (at) => late(kind, at))],
      faults: [{ inEffectAt: 4_000, healedAt: 8_000 }],
    });
  const judges = {
    live: (recording: Recording) => stayLive(recording, 1_000),
    ready: (recording: Recording) => reportReadiness(recording, 2_000),
  };

  test.each(['live', 'ready'] as const)('%s: fail on a machine with room', (kind) => {
    expect(judges[kind](recorded(kind, () => 100)).status).toBe('fail');
  });

  test.each(['live', 'ready'] as const)(
    '%s: are unknown on a full one, whatever an outage did elsewhere in the run',
    (kind) => {
      const judgement = judges[kind](recorded(kind, (at) => (at >= crowdedFrom ? 195 : 100)));
      expect(judgement.status).toBe('unknown');
      expect(judgement.because).toContain('The machine was full');
    },
  );

  test.each(['live', 'ready'] as const)(
    '%s: fail where it was full at another time, or the work failed meanwhile',
    (kind) => {
      expect(judges[kind](recorded(kind, (at) => (at < 12_000 ? 195 : 100))).status).toBe('fail');
      if (kind === 'live') {
        expect(judges.live(recorded(kind, () => 195, { category: '503' })).status).toBe('fail');
      }
    },
  );
});

test('what does not hang on time fails on a full machine too: errors, and a lost key', () => {
  const operations = Array.from({ length: 300 }, (_, n) => ({ dueAt: n * 10, category: n % 2 === 0 ? 'ok' : '503' }));
  expect(errorRateBelow(slow(machineAt(190), { operations }), 0.01).status).toBe('fail');
  const keyed = slowOnes.map((operation, n) => ({ ...operation, key: `SM${n}` }));
  const lost = loseNothing(slow(machineAt(190), { operations: keyed, finalState: { after: ['SM1'] } }));
  expect(lost.status).toBe('fail');
});

test.each([
  ['a hang', 'timeout', 5_000],
  ['slow errors', '503', 600],
])('%s fails on a full machine too', (_, category, latency) => {
  const operations = slowOnes.map((operation, n) =>
    n % 50 === 0 ? { ...operation, category, endedAt: n * 10 + latency } : operation,
  );
  expect(latencyBelow(slow(machineAt(190), { operations }), 0.99, 500).status).toBe('fail');
});
