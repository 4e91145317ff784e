import { describe, expect, test } from 'vitest';
import { recordingOf } from '../../../src/recording/literal.ts';
import type { Bite, FaultRecord } from '../../../src/recording/recording.ts';
import { applyEachOnce } from '../../../src/verdict/checks/apply-each-once.ts';
import { loseNothing } from '../../../src/verdict/checks/lose-nothing.ts';
import { oneWinner } from '../../../src/verdict/checks/one-winner.ts';
import { errorRateBelow, latencyBelow, raceTimeBelow, recoverWithin, sustainRps, winRateAbove } from '../asked.ts';
import { away, keysOf, outage, raced, steady } from './literals.ts';

const bitten: Bite = { connectionsBefore: 3, seenAtStart: true, seenBeforeEnd: true, detail: 'what was seen' };
const refused = (fault: Partial<FaultRecord>) => ({
  faults: [{ inEffectAt: 5_000, healedAt: 10_000, bite: bitten, ...fault }],
});
const quarter = (n: number, dueAt: number) =>
  away(dueAt) && n % 4 === 0 ? { category: n % 20 === 0 ? 'timeout' : '503', endedAt: dueAt + 30 } : {};

describe('error rate below', () => {
  test('names the errors by category, the fault, and what a healthy service does', () => {
    const judgement = errorRateBelow(outage(quarter).during, 0.01);
    expect(judgement).toMatchObject({
      status: 'fail',
      metric: 'Redis outage error rate',
      value: 25,
      shown: '25 %',
      bound: '< 1 %',
      samples: 1_000,
      window: 'during refuse(redis)',
    });
    for (const fact of [
      '250 of 1,000 operations during refuse(redis) failed: 503 (200), timeout (50).',
      'refuse(redis) lasted from 5.0 s to 10.0 s: connections to redis were cut, and new ones refused; the app held 3 connections to redis before it.',
      'A healthy service goes on without Redis',
    ]) {
      expect(judgement.because).toContain(fact);
    }
  });

  test('gives no advice where there is nothing to mend', () => {
    expect(errorRateBelow(outage().during, 0.01).because).not.toContain('healthy service');
  });

  test('is unknown with too few samples, unless the whole interval lies beyond the bound', () => {
    const failing = (count: number) =>
      errorRateBelow(
        steady({ rate: 100, seconds: 1 }, (n) => (n < count ? { category: '503' } : {})),
        0.01,
      );
    expect(failing(2).status).toBe('unknown');
    expect(failing(2).because).toContain('Too few samples: 100, and a bound of 1 % needs 300');
    expect(failing(2).because).toContain('503 (2)');
    expect(failing(100).status).toBe('fail');
  });

  test.each(['saturated', 'timeout'])('an app that hangs fails: %s', (category) => {
    const judgement = errorRateBelow(
      steady({ rate: 100, seconds: 4 }, () => ({ category })),
      0.01,
    );
    expect(judgement.status).toBe('fail');
    expect(judgement.because).toContain(`${category}: `);
  });

  test('a generator that could not send blames nobody', () => {
    const judgement = errorRateBelow(
      steady({ rate: 100, seconds: 4 }, (n) => (n < 8 ? { category: 'unsent' } : {})),
      0.01,
    );
    expect(judgement).toMatchObject({ status: 'unknown', shown: '0 % to 2 %' });
    expect(judgement.because).toContain('could not send 8 operations, which is not held against the app');
  });

  test('without operations in the window nobody knows', () => {
    const judgement = errorRateBelow(
      outage(undefined, { duration: 10_000, ...refused({ healedAt: 30_000 }) }).after,
      0.01,
    );
    expect(judgement).toMatchObject({ status: 'unknown', samples: 0, shown: 'not measured' });
    expect(judgement.because).toContain("No operation was due in the window 'after refuse(redis)'");
  });

  test('names the app that exited, when, after what, and its last words', () => {
    const judgement = errorRateBelow(
      outage(
        (_, dueAt) => (dueAt >= 5_100 ? { category: 'refused' } : {}),
        {
          exits: [
            {
              at: 5_150,
              code: 1,
              signal: null,
              output:
                'listening\nnode:events:497\n      throw er;\n      ^\n\nerror: terminating connection\n    at Parser.parse (x.js:1)\n\nNode.js v24',
            },
          ],
        },
        'postgres',
      ).during,
      0.01,
    );
    expect(judgement.status).toBe('fail');
    expect(judgement.because).toContain('The app exited with code 1 at 5.2 s, 150 ms after crash(postgres) began.');
    expect(judgement.because).toContain("The app's last output:\n    listening\n    error: terminating connection");
    expect(judgement.because).not.toMatch(/Parser|throw er|node:events/);
  });

  test('names a signal, and an exit after healing', () => {
    const exits = [{ at: 11_000, code: null, signal: 'SIGABRT', output: '' }];
    const { because } = errorRateBelow(outage(quarter, { exits }).during, 0.01);
    expect(because).toContain('The app was ended by SIGABRT at 11.0 s, 1.0 s after refuse(redis) ended.');
    expect(because).not.toContain('last output');
  });
});

describe('a fault that proves nothing', () => {
  test.each<[string, Partial<FaultRecord>, string]>([
    [
      'no connection to the service',
      { bite: { ...bitten, connectionsBefore: 0 } },
      'the app held no connection to redis (what was seen)',
    ],
    [
      'not seen at its start',
      { bite: { ...bitten, seenAtStart: false } },
      'a probe through the proxy did not see it when it began',
    ],
    ['not seen before its end', { bite: { ...bitten, seenBeforeEnd: false } }, 'no longer saw it just before its end'],
    ['never in effect', { inEffectAt: Number.NaN, askedAt: 5_000 }, 'never took effect (asked for at 5.0 s)'],
    ['never healed', { healedAt: Number.NaN }, 'was never healed'],
  ])('leaves every verdict unknown: %s', (_, fault, reason) => {
    const recording = outage(undefined, refused(fault));
    for (const judgement of [
      errorRateBelow(recording, 0.01),
      latencyBelow(recording, 0.99, 500),
      sustainRps(recording, 100),
      recoverWithin(recording, 5_000),
      loseNothing(recording),
      applyEachOnce(recording),
    ]) {
      expect(judgement).toMatchObject({ status: 'unknown', because: expect.stringContaining(reason) });
    }
  });

  test('does not clear an app of a lost key, a duplicate or two winners', () => {
    const unfelt = refused({ bite: { ...bitten, connectionsBefore: 0 } });
    const lossy = outage(undefined, { ...unfelt, finalState: { after: [...keysOf(4_000, ['SM7']), 'SM8'] } });
    expect(loseNothing(lossy)).toMatchObject({
      status: 'fail',
      because: expect.stringContaining('SM7 (acknowledged at 45 ms, 5.0 s before refuse(redis))'),
    });
    expect(applyEachOnce(lossy)).toMatchObject({ status: 'fail', because: expect.stringContaining('SM8') });
    const twice = raced(3, () => ({ category: 'ok', outcome: 'ok' }), unfelt);
    expect(oneWinner(twice).status).toBe('fail');
    expect(winRateAbove(twice, 0.5).status).toBe('fail');
  });
});

describe('a closed loop with a fault', () => {
  const recording = outage(quarter, { generator: { loop: 'closed', load: 'autocannon 10 x 20 s', connections: 10 } });

  test.each([
    ['error rate', () => errorRateBelow(recording.during, 0.5)],
    ['p95', () => latencyBelow(recording, 0.95, 500)],
    ['p99', () => latencyBelow(recording.after, 0.99, 500)],
    ['recovery', () => recoverWithin(recording, 5_000)],
  ] as const)('says nothing of %s, and names arrivals', (_, judged) => {
    expect(judged()).toMatchObject({
      status: 'unknown',
      because: expect.stringMatching(
        /^autocannon 10 x 20 s is a closed loop.*each of its 10 connections.*Use arrivals\(/,
      ),
    });
  });

  test('may be judged before the fault', () => {
    expect(errorRateBelow(recording.before, 0.01).status).toBe('pass');
  });
});

describe('latency below', () => {
  test('quick errors make no good percentile', () => {
    const judgement = latencyBelow(
      steady({ rate: 100, seconds: 4 }, (n) => (n < 102 ? { category: '503' } : {})),
      0.99,
      500,
    );
    expect(judgement.status).toBe('unknown');
    expect(judgement.shown).toBe('10 ms or more');
    expect(judgement.because).toContain('102 of 400 operations failed, and an error is no answer');
  });

  test('an app that hangs fails, its value being that there was no answer', () => {
    const judgement = latencyBelow(
      steady({ rate: 100, seconds: 3 }, () => ({ category: 'saturated' })),
      0.99,
      500,
    );
    expect(judgement).toMatchObject({ status: 'fail', value: Number.POSITIVE_INFINITY, shown: 'no answer' });
  });

  test('what was sent late is the app in neither case', () => {
    const late = steady({ rate: 100, seconds: 3 }, (n, dueAt) =>
      n % 10 === 0 ? { startedAt: dueAt + 600, endedAt: dueAt + 610 } : {},
    );
    expect(latencyBelow(late, 0.99, 500)).toMatchObject({ status: 'unknown', shown: '10 ms to 610 ms' });
  });
});

describe('sustained RPS', () => {
  test('an open load offered below the rate cannot tell', () => {
    const judgement = sustainRps(steady({ rate: 100, seconds: 2 }), 101);
    expect(judgement.status).toBe('unknown');
    expect(judgement.because).toContain('offered 100/s, which cannot show whether the app sustains 101/s');
  });

  test('a load offered at the rate holds it with 99 % of the answers, the rest being under way at the end', () => {
    const late = (unanswered: number) =>
      steady({ rate: 1_000, seconds: 1 }, (n, dueAt) => ({ endedAt: n < 1_000 - unanswered ? dueAt + 0.5 : 1_500 }));
    expect(sustainRps(late(10), 1_000)).toMatchObject({
      status: 'pass',
      because: expect.stringContaining('99 % of what'),
    });
    expect(sustainRps(late(11), 1_000).status).toBe('fail');
    expect(sustainRps(late(0), 1_000, '>').status).toBe('unknown');
  });

  test('what a stalled generator sent or heard only after the end is not held against the app', () => {
    const stalled = (stalls: [number, number][]) =>
      steady(
        { rate: 1_000, seconds: 2 },
        (_, dueAt) => (dueAt < 1_800 ? { endedAt: dueAt + 0.5 } : { startedAt: 2_800, endedAt: 2_800.5 }),
        { generator: { stalls } },
      );
    expect(sustainRps(stalled([[1_800, 2_800]]), 1_000)).toMatchObject({
      status: 'unknown',
      shown: '900/s to 1,000/s',
    });
    const hung = steady({ rate: 1_000, seconds: 2 }, (_, dueAt) => ({ endedAt: Math.max(dueAt, 1_800) + 1_001 }));
    expect(sustainRps(hung, 1_000).status).toBe('fail');
  });

  test('a closed loop that stood still asked for nothing meanwhile', () => {
    const half = (stalls: [number, number][]) =>
      steady({ rate: 100, seconds: 2 }, undefined, {
        duration: 4_000,
        generator: { loop: 'closed', offeredRate: undefined, stalls },
      });
    expect(sustainRps(half([]), 80)).toMatchObject({ status: 'fail', shown: '50/s' });
    expect(sustainRps(half([[2_000, 4_000]]), 80)).toMatchObject({ status: 'unknown', shown: '50/s to 100/s' });
    expect(sustainRps(half([[0, 4_000]]), 80).status).toBe('unknown');
  });

  test('a closed loop has no offered rate, and a window too short for the rate cannot tell', () => {
    const closed = (seconds: number) =>
      steady({ rate: 90, seconds }, undefined, { generator: { loop: 'closed', offeredRate: undefined } });
    expect(sustainRps(closed(2), 100).status).toBe('fail');
    expect(sustainRps(closed(1), 99)).toMatchObject({
      status: 'unknown',
      because: expect.stringContaining('let the load last 1.0 s or longer'),
    });
  });

  test('an app that hangs in a closed loop fails, though few operations were sent', () => {
    const hung = steady({ rate: 2, seconds: 10 }, () => ({ category: 'timeout' }), {
      generator: { loop: 'closed', offeredRate: undefined, connections: 10 },
    });
    expect(sustainRps(hung, 500)).toMatchObject({
      status: 'fail',
      value: 0,
      because: expect.stringContaining('20 of 20 operations over the whole run failed: timeout (20)'),
    });
  });
});

describe('recovery within', () => {
  const down = (until: number, duration = 20_000) =>
    outage((_, dueAt) => (dueAt >= 5_000 && dueAt < until ? { category: '503' } : {}), { duration });

  test('a service that never degraded recovered at once', () => {
    expect(recoverWithin(outage(), 5_000)).toMatchObject({
      status: 'pass',
      metric: 'Redis recovery',
      shown: '0 s',
      window: 'after refuse(redis)',
    });
  });

  test('at the bound itself it passes a matcher and not a target', () => {
    expect(recoverWithin(down(15_000), 5_000, '<=')).toMatchObject({ status: 'pass', value: 5_000 });
    expect(recoverWithin(down(15_000), 5_000, '<').status).toBe('fail');
  });

  test('one that came back and then went down for good fails', () => {
    const judgement = recoverWithin(
      outage((_, dueAt) => (dueAt >= 16_000 ? { category: 'refused' } : {})),
      5_000,
    );
    expect(judgement).toMatchObject({ status: 'fail', shown: '0 s, then relapsed' });
    expect(judgement.because).toContain('It went bad again 6.0 s after healing and stayed so to the end of the run.');
  });

  test('never recovered is shown as longer than what was seen', () => {
    const judgement = recoverWithin(down(20_000), 5_000);
    expect(judgement).toMatchObject({ status: 'fail', shown: '> 10.0 s', bound: '<= 5.0 s' });
    expect(judgement.because).toContain('A healthy service drops dead connections and tries anew by itself');
  });

  test('a run that ended too soon cannot tell, and says for how long to run', () => {
    expect(recoverWithin(down(20_000, 13_000), 5_000)).toMatchObject({
      status: 'unknown',
      shown: '> 3.0 s',
      because: expect.stringContaining('The run ended 3.0 s after healing with the service not yet recovered'),
    });
    expect(recoverWithin(down(20_000, 13_000), 2_500).status).toBe('fail');
    // The next bin, which nobody saw, would have begun at 3 s: in time for `<=`, and too late for `<`.
    expect(recoverWithin(down(20_000, 13_000), 3_000).status).toBe('unknown');
    expect(recoverWithin(down(20_000, 13_000), 3_000, '<').status).toBe('fail');
  });

  test('good bins that the end of the run cut off, from the bound on, may have been a recovery in time', () => {
    // Three good bins make a recovery: of those from 13 s on the run shows two.
    expect(recoverWithin(down(13_000, 14_000), 3_000)).toMatchObject({ status: 'unknown', shown: '> 3.0 s' });
    expect(recoverWithin(down(13_000, 14_500), 3_000)).toMatchObject({ status: 'pass', value: 3_000 });
  });

  test('without a fault, or without enough before it, there is nothing to compare', () => {
    expect(recoverWithin(steady({ rate: 200, seconds: 5 }), 5_000)).toMatchObject({
      status: 'unknown',
      metric: 'recovery',
      because: expect.stringMatching(/^This run had no fault.*pass faults to run\(\)\.$/m),
    });
    const early = steady({ rate: 200, seconds: 10 }, undefined, { faults: [{ inEffectAt: 500, healedAt: 5_000 }] });
    expect(recoverWithin(early, 5_000)).toMatchObject({
      status: 'unknown',
      shown: 'not measured',
      because: expect.stringContaining('Recovery could not be measured: only'),
    });
  });
});

describe('losing nothing', () => {
  const left = (without: readonly string[], settled: boolean) =>
    outage(undefined, { finalState: { after: keysOf(4_000, without), settled, settleTime: 10_000 } });

  test('names three lost keys, with when they were acknowledged and under which fault, and how many there are under each', () => {
    const judgement = loseNothing(left(['SM0', 'SM1000', 'SM1001', 'SM1002', 'SM1003', 'SM1004', 'SM1005'], true));
    expect(judgement).toMatchObject({ status: 'fail', value: 7, shown: '7 keys', samples: 4_000 });
    expect(judgement.because).toContain(
      'SM0 (acknowledged at 10 ms, 5.0 s before refuse(redis)), SM1000 (acknowledged at 5.0 s, during refuse(redis)),',
    );
    expect(judgement.because).toMatch(/SM1001 \([^)]*\)\) and 4 more/);
    expect(judgement.because).toContain('3,993 of 4,000 acknowledged keys are in the final state');
    expect(judgement.because).toContain('answers 2xx only after what it was sent is durable');
  });

  test('a key that was there before the load and is there unchanged was neither lost nor seen to be kept', () => {
    const judgement = loseNothing(
      recordingOf({ operations: [{ key: 'A' }, { key: 'B' }], finalState: { before: ['A'], after: ['A', 'B'] } }),
    );
    expect(judgement.status).toBe('unknown');
    expect(judgement.because).toContain('Of 1 acknowledged key (A) the rows are as they were before the load');
  });

  test('a state that still moves is unknown, with and without missing keys', () => {
    for (const recording of [left(['SM5'], false), left([], false)]) {
      expect(loseNothing(recording)).toMatchObject({
        status: 'unknown',
        because: expect.stringMatching(/^The final state was still changing 10\.0 s after the first look/),
      });
    }
  });

  test.each([
    ['no final state', steady({ rate: 10, seconds: 1 }), 'pass finalState to run()'],
    [
      'no keys',
      steady({ rate: 10, seconds: 1 }, () => ({ key: undefined as never }), { finalState: { after: [] } }),
      'let request() return a key',
    ],
    [
      'nothing acknowledged',
      steady({ rate: 10, seconds: 1 }, () => ({ category: '503' }), { finalState: { after: [] } }),
      'None of 10 keys was acknowledged',
    ],
  ])('with %s nobody knows, and it says what to do', (_, recording, remedy) => {
    expect(loseNothing(recording)).toMatchObject({ status: 'unknown', because: expect.stringContaining(remedy) });
  });

  test('mentions keys that nobody sent, and those that arrived unacknowledged', () => {
    const { status, because } = loseNothing(
      outage((n) => (n === 3 ? { category: 'timeout' } : {}), { finalState: { after: [...keysOf(4_000), 'XY1'] } }),
    );
    expect(status).toBe('pass');
    expect(because).toContain('1 key in the final state was never sent: XY1');
    expect(because).toContain(
      '1 key without an acknowledgement arrived all the same, which is allowed: SM3 (sent at 15 ms, outcome unknown, 5.0 s before refuse(redis)).',
    );
  });
});

describe('applying each once', () => {
  test('a duplicate fails even in a state that still moves', () => {
    const judgement = applyEachOnce(
      outage(undefined, { finalState: { after: [...keysOf(4_000), 'SM1900', 'SM1900'], settled: false } }),
    );
    expect(judgement).toMatchObject({ status: 'fail', shown: '1 key', value: 1 });
    expect(judgement.because).toContain(
      'SM1900 (applied 3 times, sent once; acknowledged at 9.5 s, during refuse(redis))',
    );
  });

  test('a key that nobody sent fails where every operation had a key, and is told where one had none', () => {
    const finalState = { after: [...keysOf(4_000), 'XY1'] };
    const judgement = applyEachOnce(outage(undefined, { finalState }));
    expect(judgement).toMatchObject({
      status: 'fail',
      witness: true,
      shown: '0 keys, and 1 key that nobody sent',
      value: 1,
    });
    expect(judgement.because).toContain('1 key in the final state was never sent: XY1; see that finalState returns');
    const keyless = outage((n) => (n === 9 ? { key: undefined as never } : {}), { finalState });
    const told = applyEachOnce(keyless);
    expect(told.status).toBe('pass');
    expect(told.because).toContain('SM9, XY1; 1 operation without a key may have left them.');
  });

  test('a state that still moves, or that holds nothing, clears nobody', () => {
    expect(applyEachOnce(outage(undefined, { finalState: { after: keysOf(4_000), settled: false } })).status).toBe(
      'unknown',
    );
    expect(applyEachOnce(outage(undefined, { finalState: { after: [] } }))).toMatchObject({
      status: 'unknown',
      because: expect.stringContaining('None of 4,000 keys that were sent is in the final state'),
    });
  });
});

describe('races', () => {
  const wonTwice = (race: number, contender: number) =>
    race === 7 && contender === 2 ? { category: 'ok', outcome: 'ok' as const } : {};
  const apart = (races: number) => (race: number, contender: number) =>
    race < races ? { startedAt: race * 100 + contender * 5, endedAt: race * 100 + contender * 5 + 4 } : {};

  test('two winners fail whatever the rate, and are named', () => {
    for (const judgement of [oneWinner(raced(200, wonTwice)), winRateAbove(raced(200, wonTwice), 0.9)]) {
      expect(judgement.status).toBe('fail');
      expect(judgement.because).toContain('1 race of 200 broke the rule of one winner:\nRace R7 (at 700 ms): ');
      expect(judgement.because).toContain('(answered as winners: V0, V2; final state: V0)');
      expect(judgement.because).toContain('CREATE UNIQUE INDEX');
    }
  });

  test('no final state is not a final state without a winner', () => {
    const { because } = oneWinner(raced(20, wonTwice, { finalState: undefined as never }));
    expect(because).toContain('(answered as winners: V0, V2)');
  });

  test('races that did not overlap are no races: 90 % must', () => {
    expect(oneWinner(raced(20, apart(2))).status).toBe('pass');
    expect(oneWinner(raced(20, apart(3)))).toMatchObject({
      status: 'unknown',
      because: expect.stringContaining('Only 85 % of 20 races were races'),
    });
    expect(winRateAbove(raced(20, apart(3)), 0.5).status).toBe('unknown');
    expect(raceTimeBelow(raced(20, apart(3)), 500).status).toBe('unknown');
  });

  test('fewer than ten are too few, none are none', () => {
    expect(winRateAbove(raced(10), 0.99).status).toBe('pass');
    expect(winRateAbove(raced(9), 0.99).because).toContain('Too few races: 9, and 10 are needed');
    expect(oneWinner(raced(0)).because).toContain('There was no race in this run');
  });

  test('a race that nobody won fails, unless the generator could not send all of it', () => {
    const nobody = (race: number, contender: number) => (race === 0 && contender === 0 ? { category: '503' } : {});
    const others = { finalState: { after: Array.from({ length: 19 }, (_, n) => ({ key: `R${n + 1}`, value: 'V0' })) } };
    expect(oneWinner(raced(20, nobody, others))).toMatchObject({
      status: 'fail',
      shown: '0 race conditions, 1 without a winner',
    });
    const unsent = (race: number, contender: number) => (race === 0 && contender === 0 ? { category: 'unsent' } : {});
    expect(oneWinner(raced(20, unsent, others)).status).toBe('unknown');
  });
});

describe('a hint goes by what changed', () => {
  const turned = (category: string) => (_: number, dueAt: number) => (away(dueAt) ? { category } : {});

  test.each(['404', '400', 'invalid', 'certificate', 'tls'])(
    '%s that no request met before the fault does not blame the requests',
    (category) => {
      const recording = outage(turned(category));
      for (const judgement of [
        errorRateBelow(recording.during, 0.01),
        errorRateBelow(recording, 0.01),
        latencyBelow(recording.during, 0.99, 5),
      ]) {
        expect(judgement.because).toContain(`${category}: new since refuse(redis)`);
        expect(judgement.because).not.toContain('request function');
      }
    },
  );

  test('one that was there before, or without a fault, may be the request', () => {
    const always = outage((n) => (n % 10 ? {} : { category: '404' }));
    const alone = steady({ rate: 200, seconds: 20 }, (n) => (n % 10 ? {} : { category: '404' }));
    for (const window of [always.during, always, alone, outage(turned('404')).before]) {
      expect(errorRateBelow(window, 0.01).because).not.toContain('new since');
    }
    expect(errorRateBelow(always.during, 0.01).because).toContain('check what the request function sends');
  });
});
