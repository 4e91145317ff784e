import { describe, expect, test } from 'vitest';
import type { Operation } from '../../../src/recording/columns.ts';
import { recordingOf } from '../../../src/recording/literal.ts';
import { rowsFor } from '../../../src/verdict/rows/rows.ts';
import { latencyBelow, raceTimeBelow, sustainRps } from '../asked.ts';
import { steady } from './literals.ts';

describe('an error is no answer: it takes its own time at least, and has no upper end', () => {
  const everySecond = (category: string, took: number) =>
    steady({ rate: 200, seconds: 20 }, (n, dueAt) => (n % 2 ? { category, endedAt: dueAt + took } : {}));

  test.each([
    ['timeout', 5_000],
    ['refused', 1],
    ['reset', 20],
    ['empty', 2],
    ['503', 1],
    ['404', 1],
    ['invalid', 1],
    ['ECONNRESET', 1],
  ])('every second operation ends as %s after %i ms: its p99 passes no bound', (category, took) => {
    const recording = everySecond(category, took);
    for (const bound of [6_000, 10_000, 1_000_000]) {
      for (const share of [0.95, 0.99] as const) {
        expect(latencyBelow(recording, share, bound).status).toBe('unknown');
        expect(latencyBelow(recording, share, bound, true).status).toBe('unknown');
      }
    }
  });

  test('a time-out of 5 s fails a bound of less, and is shown as 5 s or more', () => {
    expect(latencyBelow(everySecond('timeout', 5_000), 0.99, 4_900)).toMatchObject({
      status: 'fail',
      shown: '5.0 s or more',
    });
  });

  test('quick errors do not hide slow answers: 99 % a 503 after 1 ms, the rest ok after 30 s', () => {
    const recording = steady({ rate: 2_000, seconds: 20 }, (n, dueAt) =>
      n % 100 ? { category: '503', endedAt: dueAt + 1 } : { endedAt: dueAt + 30_000 },
    );
    for (const strict of [true, false]) expect(latencyBelow(recording, 0.99, 100, strict).status).toBe('unknown');
    expect(latencyBelow(recording, 0.95, 100).status).toBe('unknown');
  });

  test('fewer errors than the percentile leaves out change nothing', () => {
    const recording = steady({ rate: 200, seconds: 20 }, (n) => (n % 200 ? {} : { category: '503' }));
    expect(latencyBelow(recording, 0.99, 100)).toMatchObject({ status: 'pass', shown: '10 ms' });
  });
});

describe('a rate is sustained by what the window shows of it', () => {
  test('one name of many was offered what was due of it: a hundredth of 1,000/s cannot show 1,000/s', () => {
    const recording = steady({ rate: 1_000, seconds: 20 }, (n) => ({ name: n % 100 ? 'view' : 'order' }));
    const judgement = sustainRps(recording.named('order'), 1_000);
    expect(judgement).toMatchObject({ status: 'unknown', shown: '10/s' });
    expect(judgement.because).toContain('offered 10/s');
    expect(sustainRps(recording.named('order'), 10).status).toBe('pass');
    expect(sustainRps(recording, 1_000).status).toBe('pass');
  });

  test('so was a window in which the load sent less than its plan', () => {
    const recording = steady({ rate: 100, seconds: 20 }, undefined, { generator: { offeredRate: 1_000 } });
    expect(sustainRps(recording, 1_000).status).toBe('unknown');
  });

  /** 500/s from 2 s before zero to 8 s, to a server that answers exactly 400/s, one after the other. */
  const overloaded = (() => {
    let free = -2_000;
    const operations = Array.from({ length: 5_000 }, (_, n) => {
      const dueAt = -2_000 + n * 2;
      free = Math.max(free, dueAt) + 2.5;
      return { dueAt, endedAt: free };
    });
    return recordingOf({ operations, duration: 8_000, generator: { load: 'arrivals 500/s', offeredRate: 500 } });
  })();

  test('a server of 400/s sustains 380/s when 500/s are offered, although it answers the warm-up first', () => {
    const judgement = sustainRps(overloaded, 380);
    expect(judgement.status).toBe('pass');
    expect(Math.abs(judgement.value / 400 - 1)).toBeLessThan(0.02);
    expect(sustainRps(overloaded, 410).status).toBe('fail');
  });

  test('a backlog of the warm-up that is worked off does not make up for errors of the window', () => {
    // All of the warm-up is answered in the first second; every tenth operation of the window fails.
    const warmUp = Array.from({ length: 400 }, (_, n) => ({ dueAt: -2_000 + n * 5, endedAt: n * 2 }));
    const window = Array.from({ length: 2_000 }, (_, n) => ({ dueAt: n * 5, category: n % 10 ? 'ok' : '503' }));
    const recording = recordingOf({
      operations: [...warmUp, ...window],
      duration: 10_000,
      generator: { offeredRate: 200 },
    });
    expect(sustainRps(recording, 200)).toMatchObject({ status: 'fail', shown: '180/s' });
  });
});

describe('the time of a race has a best and a worst case', () => {
  /** 20 races of two contenders, 5 s apart, each won after 5 ms. */
  const races = (vary: (race: number, contender: number) => Partial<Operation>, stalls: [number, number][] = []) =>
    recordingOf({
      operations: Array.from({ length: 40 }, (_, n) => {
        const [race, contender] = [Math.floor(n / 2), n % 2];
        const dueAt = race * 5_000;
        const told = contender === 0 ? {} : { category: '409' };
        return {
          dueAt,
          endedAt: dueAt + 5,
          key: `R${race}`,
          value: `V${contender}`,
          ...told,
          ...vary(race, contender),
        };
      }),
      generator: { loop: 'race', stalls },
    });
  const across = (race: number) => (race === 7 ? { endedAt: 35_000 + 4_005 } : {});

  test('one race of 20 across a stall of ours of 4 s does not fail, nor pass', () => {
    expect(raceTimeBelow(races(across, [[35_002, 39_002]]), 100)).toMatchObject({
      status: 'unknown',
      shown: '5.0 ms to 205 ms',
    });
    expect(raceTimeBelow(races(across), 100)).toMatchObject({ status: 'fail', value: 205 });
  });

  test('a race sent late by us does not either', () => {
    const late = races((race) => (race < 10 ? { startedAt: race * 5_000 + 400, endedAt: race * 5_000 + 405 } : {}));
    expect(raceTimeBelow(late, 100)).toMatchObject({ status: 'unknown', shown: '5.0 ms to 205 ms' });
  });

  test('a race whose contenders learned nothing took their own time at least, and has no upper end', () => {
    const hung = (category: string, took: number) =>
      races((race) => (race % 2 ? { category, outcome: 'unknown', endedAt: race * 5_000 + took } : {}));
    expect(raceTimeBelow(hung('timeout', 4_000), 100).status).toBe('fail');
    expect(raceTimeBelow(hung('reset', 1), 100)).toMatchObject({ status: 'unknown', shown: '3.0 ms or more' });
  });

  test('a race that all lost has no time: that it had no winner is told elsewhere', () => {
    const lost = races((race) => (race === 3 ? { category: '409' } : {}));
    expect(raceTimeBelow(lost, 100)).toMatchObject({ status: 'pass', samples: 19 });
  });

  test('the rows have both cases too', () => {
    const rows = rowsFor(races(across, [[35_002, 39_002]]), []);
    const shown = (metric: string) => rows.find((row) => row.metric === metric)?.shown;
    expect(shown('race time')).toBe('5.0 ms to 205 ms');
    expect(shown('slowest race')).toBe('5.0 ms to 4.0 s');
  });
});
