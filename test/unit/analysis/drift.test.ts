import { describe, expect, test } from 'vitest';
import { fitTheilSen } from '../../../src/analysis/stats/theil-sen.ts';
import { measureP99Drift, measureSeriesDrift } from '../../../src/analysis/window/drift.ts';
import { recordingOf } from '../../../src/recording/literal.ts';
import type { Series } from '../../../src/recording/recording.ts';
import { combine } from '../../../src/verdict/judgement.ts';
import { matchers } from '../../../src/verdict/matchers/matchers.ts';
import { staySteady, steadyBounds } from '../../../src/verdict/matchers/steady-bounds.ts';

const hour = 3_600_000;

/** Uniform numbers from 0 to 1, the same on every run (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** A run of an hour with 300 operations a minute, whose latency in milliseconds depends on when they were due. */
function hourOf(latency: (dueAt: number) => number, series: readonly Series[] = []) {
  const operations = Array.from({ length: 18_000 }, (_, n) => ({
    dueAt: n * 200,
    endedAt: n * 200 + latency(n * 200),
  }));
  return recordingOf({ operations, series });
}

/** The app's memory, once a minute for an hour. */
function memoryOf(bytes: (minute: number) => number, subject = 'app'): Series {
  const minutes = Array.from({ length: 60 }, (_, minute) => minute);
  return {
    subject,
    name: 'memory',
    unit: 'bytes',
    at: minutes.map((minute) => minute * 60_000),
    values: minutes.map(bytes),
  };
}

describe('the slope after Theil and Sen', () => {
  test('is that of a line, with nothing beside it', () => {
    const x = Array.from({ length: 12 }, (_, index) => index);
    expect(
      fitTheilSen(
        x,
        x.map((at) => 3 * at + 1),
      ),
    ).toEqual({ slope: 3, interval: [3, 3] });
  });

  test('is not moved by a quarter of the points', () => {
    const x = Array.from({ length: 20 }, (_, index) => index);
    expect(
      fitTheilSen(
        x,
        x.map((at) => (at % 5 === 2 ? 1_000 : 2 * at)),
      )?.slope,
    ).toBe(2);
  });

  test("has the interval of Sen's ranks", () => {
    // 45 slopes, C = 1.96 x sqrt(10 x 9 x 25 / 18) = 21.9: those at ranks 11 and 35. Steps down and up alternate, so that no r is positive.
    const x = Array.from({ length: 10 }, (_, index) => index);
    const y = x.map((at) => (at % 2 === 0 ? 1 : -1));
    const slopes = x.flatMap((later) =>
      x.slice(0, later).map((earlier) => ((y[later] ?? 0) - (y[earlier] ?? 0)) / (later - earlier)),
    );
    slopes.sort((a, b) => a - b);
    expect(fitTheilSen(x, y)?.interval).toEqual([slopes[10], slopes[34]]);
  });

  test('needs ten points', () => {
    const x = Array.from({ length: 9 }, (_, index) => index);
    expect(fitTheilSen(x, x)).toBeUndefined();
  });

  test.each([
    ['independent noise', 0, 'about one of twenty', 0.03, 0.065],
    ['noise whose neighbours resemble each other', 0.5, 'about one of fifteen', 0.045, 0.09],
    ['noise whose neighbours resemble each other much', 0.8, 'about one of ten', 0.08, 0.14],
  ])('raises a false alarm on %s, r = %s, in %s runs', (_, memory, __, least, most) => {
    const random = randomOf(7);
    const runs = 500;
    let alarms = 0;
    const x = Array.from({ length: 60 }, (___, index) => index);
    for (let run = 0; run < runs; run++) {
      let last = normal(random);
      const y = x.map(() => {
        last = memory * last + Math.sqrt(1 - memory ** 2) * normal(random);
        return last;
      });
      const [low, high] = fitTheilSen(x, y)?.interval ?? [0, 0];
      if (low > 0 || high < 0) alarms++;
    }
    expect(alarms / runs).toBeGreaterThan(least);
    expect(alarms / runs).toBeLessThan(most);
  });
});

describe('a drift', () => {
  test('of p99 is given in milliseconds per hour', () => {
    const drift = measureP99Drift(
      hourOf((dueAt) => 100 + (20 * dueAt) / hour),
      'worst',
    );
    expect(drift).toMatchObject({ slots: 60 });
    expect(drift.perHour).toBeCloseTo(20, 6);
    expect(drift.interval[0]).toBeCloseTo(20, 6);
    expect(drift.interval[1]).toBeCloseTo(20, 6);
    expect(drift.level).toBeCloseTo(110, 0);
  });

  test('is read in the slots of one name when the window has one', () => {
    const operations = Array.from({ length: 18_000 }, (_, n) => ({
      name: n % 2 ? 'order' : 'trip',
      dueAt: n * 200,
      endedAt: n * 200 + 50 + (n % 2 ? (n * 200 * 36) / hour : 0),
    }));
    const recording = recordingOf({ operations });
    expect(measureP99Drift(recording.named('order'), 'worst').perHour).toBeCloseTo(36, 6);
    expect(measureP99Drift(recording.named('trip'), 'worst').perHour).toBeCloseTo(0, 6);
  });

  test('of a series is given in its unit per hour, without the readings that failed', () => {
    const leak = memoryOf((minute) => (minute % 7 === 3 ? Number.NaN : 1e8 + minute * 1e5));
    const drift = measureSeriesDrift(leak, { from: 0, to: hour });
    expect(drift.slots).toBeGreaterThanOrEqual(40);
    expect(drift.perHour).toBeCloseTo(6e6, 0);
  });

  test('of a run that is too short is not known', () => {
    const drift = measureP99Drift(
      recordingOf({ operations: Array.from({ length: 2_000 }, (_, n) => ({ dueAt: n })) }),
      'best',
    );
    expect(drift.perHour).toBeNaN();
    expect(drift.slots).toBeLessThan(10);
  });

  test('of a p99 that was never reached towards the end has no upper end', () => {
    const dying = hourOf((dueAt) => (dueAt > (hour * 2) / 3 ? Number.NaN : 10));
    const drift = measureP99Drift(dying, 'worst');
    expect(drift.level).toBe(10);
    expect(drift.interval[1]).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('a rise in the last part of a run does not pass', () => {
  const ramp = (from: number, to: number) => (minute: number) =>
    minute < from ? 0 : (minute - from + 1) / (to - from);
  const memory = (rise: (minute: number) => number, noise = 0) =>
    hourOf(() => 10, [memoryOf((minute) => 1e8 * (1 + rise(minute)) + noise * 1e6 * ((minute * 7) % 5))]);
  const statusOf = (recording: ReturnType<typeof hourOf>, bound: Readonly<Record<string, number>>) =>
    staySteady(recording, bound)[0]?.status;

  test.each<[string, (minute: number) => number, string]>([
    ['memory that doubles in the last tenth', ramp(54, 60), 'fail'],
    ['memory that doubles in the last twentieth', ramp(57, 60), 'fail'],
    ['memory that doubles in the last minute', ramp(59, 60), 'unknown'],
    ['a step in the middle', (minute) => (minute < 30 ? 0 : 0.2), 'fail'],
    ['a step after a third', (minute) => (minute < 22 ? 0 : 0.2), 'fail'],
    ['a step after three quarters', (minute) => (minute < 45 ? 0 : 0.2), 'fail'],
    ['a step down and one up again, higher', (minute) => (minute < 20 ? 0 : minute < 40 ? -0.3 : 0.2), 'fail'],
  ])('%s', (_, rise, status) => {
    expect(statusOf(memory(rise), { memory: 0.05 })).toBe(status);
    expect(statusOf(memory(rise, 1), { memory: 0.05 })).toBe(status);
  });

  test('says how far above it lies', () => {
    const [judgement] = staySteady(
      memory((minute) => (minute < 50 ? 0 : 0.5)),
      { memory: 0.05 },
    );
    expect(judgement).toMatchObject({ status: 'fail', shown: '+50 % over the whole run' });
    const [late] = staySteady(
      memory((minute) => (minute < 59 ? 0 : 0.5)),
      { memory: 0.05 },
    );
    expect(late?.because).toContain('Towards the end memory lies +50 % above what it was before');
  });

  test('p99 that climbs at the end', () => {
    const climbing = hourOf((dueAt) => (dueAt < 0.9 * hour ? 10 : 10 + (20 * (dueAt - 0.9 * hour)) / hour / 0.1));
    expect(statusOf(climbing, { p99: 0.1 })).toBe('fail');
    const random = randomOf(5);
    const noisy = hourOf((dueAt) => (5 + 10 * random()) * (dueAt < 0.9 * hour ? 1 : 3));
    expect(statusOf(noisy, { p99: 0.1 })).toBe('fail');
    expect(
      statusOf(
        hourOf((dueAt) => (dueAt < 0.9 * hour ? 10 : Number.NaN)),
        { p99: 0.1 },
      ),
    ).toBe('fail');
  });

  test('and what was higher at some time before, or rose only as the run began, still passes', () => {
    expect(
      statusOf(
        memory((minute) => (minute === 30 || minute === 45 ? 0.3 : minute > 55 ? 0.02 : 0)),
        { memory: 0.05 },
      ),
    ).toBe('pass');
    expect(
      statusOf(
        memory((minute) => (minute < 5 ? -0.4 : 0)),
        { memory: 0.05 },
      ),
    ).toBe('pass');
    expect(
      statusOf(
        memory((minute) => (minute === 58 || minute === 20 ? 0.4 : 0)),
        { memory: 0.05 },
      ),
    ).toBe('pass');
  });
});

describe('toStaySteady', () => {
  const random = randomOf(3);
  const noisy = hourOf(() => 50 + 10 * random());

  test('passes when nothing rises, and says by how little', () => {
    const [judgement] = staySteady(noisy, { p99: 0.1 });
    expect(judgement).toMatchObject({
      status: 'pass',
      metric: 'p99 drift',
      samples: 60,
      bound: '< 10 % over the whole run',
    });
    expect(judgement?.interval?.[1]).toBeLessThan(10);
  });

  test('fails a p99 that rises, with the slope', () => {
    const [judgement] = staySteady(
      hourOf((dueAt) => 100 + (20 * dueAt) / hour),
      { p99: 0.1 },
    );
    expect(judgement).toMatchObject({ status: 'fail', shown: '+18.2 % over the whole run' });
    expect(judgement?.because).toContain(
      'p99 changed by 20 ms over the whole run (60.0 min), around a median of 110 ms',
    );
  });

  test('means the rise over the window, however long that is', () => {
    // 18.2 % of the median in the hour; in its first half from 100 to 110 ms, around 105.
    const recording = hourOf((dueAt) => 100 + (20 * dueAt) / hour);
    const half = { recording, name: 'the first half', from: 0, to: hour / 2, faults: [] };
    const [judgement] = staySteady(half, { p99: 0.1 });
    expect(judgement).toMatchObject({ status: 'pass', shown: '+9.51 % over the first half' });
    expect(judgement?.because).toContain('That is 20 ms per hour');
    expect(staySteady(half, { p99: 0.09 })[0]?.status).toBe('fail');
  });

  test('fails a leak, and names it', () => {
    const leaking = hourOf(() => 10, [memoryOf((minute) => 2e8 + minute * 1e6 + (minute % 3) * 1e5)]);
    const [judgement] = staySteady(leaking, { memory: 0.05 });
    expect(judgement).toMatchObject({ status: 'fail', metric: 'memory drift' });
    expect(judgement?.because).toContain('Look for what is kept for every request');
  });

  test('passes memory that falls', () => {
    const falling = hourOf(() => 10, [memoryOf((minute) => 3e8 - minute * 1e6)]);
    expect(staySteady(falling, { memory: 0.05 })[0]?.status).toBe('pass');
  });

  test('does not know when the bound lies within the interval, or the run is short', () => {
    const saw = hourOf(() => 10, [memoryOf((minute) => 2e8 + (minute % 10) * 2e7)]);
    const [judgement] = staySteady(saw, { memory: 0.001 });
    expect(judgement?.status).toBe('unknown');
    expect(judgement?.because).toContain('only more operations make it narrower');
    const short = recordingOf({ operations: Array.from({ length: 2_000 }, (_, n) => ({ dueAt: n })) });
    expect(staySteady(short, { p99: 0.1 })[0]?.because).toContain('a drift needs 10');
  });

  test('does not know of an app that stopped answering, which is more than a drift', () => {
    const dead = hourOf((dueAt) => (dueAt > hour / 3 ? Number.NaN : 10));
    const [judgement] = staySteady(dead, { p99: 0.1 });
    expect(judgement?.status).toBe('unknown');
    expect(judgement?.because).toContain('never answered');
  });

  test('leaves the generator and the machine alone, and does not know what was not sampled', () => {
    const recording = hourOf(() => 10, [memoryOf((minute) => 1e8 + minute * 1e7, 'generator')]);
    const [judgement] = staySteady(recording, { memory: 0.05 });
    expect(judgement?.status).toBe('unknown');
    expect(judgement?.because).toContain("no series named 'memory' of the app");
  });

  test('is a matcher of recordings and windows', () => {
    expect(matchers.toStaySteady.call({}, noisy, { p99: '10%' }).pass).toBe(true);
    expect(matchers.toStaySteady.call({ isNot: true }, noisy, { p99: '10%', memory: '5%' }).pass).toBe(true);
    expect(matchers.toStaySteady.call({}, noisy, { p99: '10%', memory: '5%' }).pass).toBe(false);
    expect(() => matchers.toStaySteady.call({}, noisy, {})).toThrow(
      'toStaySteady needs a bound by quantity on its rise over the run',
    );
    expect(() => steadyBounds({ p99: 10 }, 'toStaySteady')).toThrow('toStaySteady: p99 must be per cent as text');
  });

  test('blames a healthy app in at most one of twenty runs', () => {
    const draw = randomOf(11);
    let wrong = 0;
    for (let run = 0; run < 20; run++) {
      const healthy = hourOf(() => 5 * Math.exp(0.5 * normal(draw)));
      if (combine(staySteady(healthy, { p99: 0.0001 })) === 'fail') wrong++;
    }
    expect(wrong).toBeLessThanOrEqual(1);
  });
});
