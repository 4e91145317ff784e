import { describe, expect, test } from 'vitest';
import { recordingOf } from '../../../src/recording/literal.ts';
import { type AppExit, type FaultRecord, Recording } from '../../../src/recording/recording.ts';
import { reportReadiness } from '../../../src/verdict/checks/report-readiness.ts';
import { stayLive } from '../../../src/verdict/checks/stay-live.ts';
import { matchers } from '../../../src/verdict/matchers/matchers.ts';
import { away, outage, steady, type Vary } from '../verdict/literals.ts';
import { type Answered, polled } from './health-literals.ts';

const failing: Vary = (_, dueAt) => (away(dueAt) ? { category: '503' } : {});
const bite = { connectionsBefore: 3, seenAtStart: true, seenBeforeEnd: true, detail: '' };

/** 20 s with an outage from 5 s to 10 s, and what liveness answered. */
function lived(answer: (at: number) => Answered, stalls: [number, number][] = []): Recording {
  return outage(failing, { polls: [polled('live', 20, answer, stalls)] });
}

/** 20 s with a fault of the app itself from 12 s to 14 s, and what liveness answered. */
function held(
  answer: (at: number) => Answered,
  fault: Partial<FaultRecord> = {},
  exits: readonly AppExit[] = [],
): Recording {
  const app = { kind: 'pause', service: 'app', inEffectAt: 12_000, healedAt: 14_000, bite, ...fault };
  return steady({ rate: 100, seconds: 20 }, undefined, { faults: [app], exits, polls: [polled('live', 20, answer)] });
}

describe('an app lives', () => {
  test('that answers in time while its Redis is away', () => {
    const judgement = stayLive(
      lived(() => 204),
      500,
    );
    expect(judgement).toMatchObject({
      status: 'pass',
      metric: 'liveness',
      value: 10,
      shown: '10 ms at most',
      samples: 100,
    });
    expect(judgement.bound).toBe('2xx within 500 ms');
    expect(judgement.because).toContain('GET /health was late or said no 0 of 100 times.');
  });

  test('that came late once, a little and alone, which is told', () => {
    const { status, value, because } = stayLive(
      lived((at) => (at === 7_000 ? { answer: 200, took: 900 } : 200)),
      500,
    );
    expect([status, value]).toEqual(['pass', 10]);
    expect(because).toContain('A late answer alone, up to 900 ms (1 time), is not held against it.');
  });

  test('that came late alone in one poll of a hundred, but not in more: late in turn is late', () => {
    const everyNth = (n: number) => {
      const polls = polled('live', 60, (at) => ((at / 200) % n === 1 ? { answer: 200, took: 190 } : 200));
      return stayLive(outage(failing, { polls: [polls] }), 100);
    };
    expect(everyNth(100).status).toBe('pass');
    for (const n of [2, 3, 5, 50, 90]) expect([n, everyNth(n).status]).toEqual([n, 'fail']);
    let late = false;
    const inTurn = polled('live', 20, () => {
      late = !late;
      return { answer: 200, took: late ? 1_450 : 5 };
    });
    const judgement = stayLive(outage(failing, { polls: [inTurn] }), 1_000);
    expect(judgement).toMatchObject({ status: 'fail', value: 1_450 });
  });

  test('that a fault held still, or ended and started again', () => {
    const paused = held((at) => (at >= 11_800 && at < 14_000 ? { answer: 'timeout', took: 2_000 } : 200));
    // 59 polls before the one of 11.8 s; that and the next met the fault; 21 from 15.8 s on.
    expect(stayLive(paused, 500)).toMatchObject({ status: 'pass', samples: 80 });
    const exit = { at: 12_050, code: null, signal: 'SIGKILL', output: '', asked: true, readyAt: 15_500 };
    const crashed = held((at) => (at >= 12_000 && at < 15_400 ? 'refused' : 200), { kind: 'crash' }, [exit]);
    const judgement = stayLive(crashed, 500);
    expect(judgement.status).toBe('pass');
    expect(judgement.because).toContain('more met a fault of the app itself and do not count');
  });
});

describe('an app does not live', () => {
  test('whose liveness waits for Redis: when, what was answered, the fault, the work, and what is healthy', () => {
    const judgement = stayLive(
      lived((at) => (away(at) ? { answer: 'timeout', took: 2_000 } : 200)),
      500,
    );
    expect(judgement).toMatchObject({ status: 'fail', value: Number.POSITIVE_INFINITY, shown: 'no answer' });
    expect(judgement).not.toHaveProperty('witness');
    // Polls of 5 s, 7 s and 9 s.
    expect(judgement.because.split('\n')[0]).toBe(
      'GET /health did not say in time that the app lives from 5.0 s to 11.0 s: timeout (3), after up to 2.0 s. Meanwhile: refuse(redis). 1,000 of 1,200 operations then failed: 503 (1,000).',
    );
    expect(judgement.because).toContain('without asking anything of its dependencies');
  });

  test('that answers late in a row, or very late alone', () => {
    const twice = (at: number): Answered => (at === 7_000 || at === 7_600 ? { answer: 200, took: 600 } : 200);
    expect(stayLive(lived(twice), 500)).toMatchObject({ status: 'fail', value: 600, shown: '600 ms at most' });
    const alone = (at: number): Answered => (at === 7_000 ? { answer: 200, took: 1_400 } : 200);
    expect(stayLive(lived(alone), 500)).toMatchObject({ status: 'fail', value: 1_400 });
  });

  test('that says no, in spite of a fault that did not bite', () => {
    const faults = [{ inEffectAt: 5_000, healedAt: 10_000, bite: { ...bite, seenAtStart: false } }];
    const polls = [polled('live', 20, (at) => (at === 7_000 || at === 15_000 ? 500 : 200))];
    const judgement = stayLive(outage(failing, { faults, polls }), 500);
    expect(judgement).toMatchObject({ status: 'fail', witness: true, shown: 'answer 500' });
    expect(judgement.because).toContain('It did so 1 more time.');
  });

  test('that was hanging when the run ended', () => {
    const hanging = (at: number): Answered => (at >= 19_000 ? { answer: 'unfinished', took: 1_000 } : 200);
    expect(stayLive(lived(hanging), 500)).toMatchObject({ status: 'fail', value: 1_000 });
    const brief = (at: number): Answered => (at >= 19_800 ? { answer: 'unfinished', took: 200 } : 200);
    expect(stayLive(lived(brief), 500)).toMatchObject({ status: 'pass', samples: 99 });
  });

  test('while a fault held another app', () => {
    const answer = (at: number): Answered => (at >= 12_000 && at < 14_000 ? { answer: 'timeout', took: 2_000 } : 200);
    const asked = (app: string) => {
      const { polls, ...recording } = held(answer, { service: 'worker', serviceKind: 'app', name: 'pause(worker)' });
      return new Recording({ ...recording, polls: polls.map((one) => ({ ...one, app })) });
    };
    expect(stayLive(asked('api'), 500).status).toBe('fail');
    expect(stayLive(asked('worker'), 500).status).toBe('pass');
  });

  test('that exited by itself', () => {
    const exit = { at: 12_050, code: 1, signal: null, output: '', readyAt: 15_500 };
    const judgement = stayLive(
      held((at) => (at >= 16_000 ? 'refused' : 200), {}, [exit]),
      500,
    );
    expect(judgement.status).toBe('fail');
    expect(judgement.because).toContain('The app exited with code 1');
    expect(judgement.because).toContain('No fault was in effect; pause(app) had ended at 14.0 s.');
  });
});

describe('whether an app lives is unknown', () => {
  test('when this process stood still', () => {
    const slow = (at: number): Answered => (at === 8_000 ? { answer: 200, took: 1_600 } : 200);
    const judgement = stayLive(lived(slow, [[8_100, 9_500]]), 500);
    expect(judgement.status).toBe('unknown');
    expect(judgement.because).toContain(
      '1 poll took up to 1.6 s, more than 500 ms, but the process that asks stood still',
    );
    const silent = (at: number): Answered => (at === 8_000 ? { answer: 'timeout', took: 2_010 } : 200);
    expect(stayLive(lived(silent, [[8_100, 10_000]]), 500).status).toBe('unknown');
    // It listened for 1.4 s after the stall.
    expect(stayLive(lived(silent, [[8_100, 8_600]]), 500).status).toBe('fail');
  });

  test('when nobody asked for more than two and a half seconds', () => {
    const all = polled('live', 20, () => 200);
    const asked = (holds: (at: number) => boolean) => {
      const kept = all.at.flatMap((at, n) => (holds(at) ? [n] : []));
      const of = <T>(list: readonly T[]): T[] => kept.map((n) => list[n] as T);
      const polls = [{ ...all, at: of(all.at), took: of(all.took), answers: of(all.answers) }];
      return stayLive(outage(failing, { polls }), 500);
    };
    // Answered at 5.41 s, and asked again at 7.4 s or at 9.6 s.
    expect(asked((at) => at <= 5_400 || at >= 7_400).status).toBe('pass');
    const gap = asked((at) => at <= 5_400 || at >= 9_600);
    expect(gap.status).toBe('unknown');
    expect(gap.because).toContain('Nobody asked from 5.4 s to 9.6 s');
    expect(asked((at) => at < 17_000).because).toContain('Nobody asked from 16.8 s to 20.0 s');
  });

  test('when too little was asked, or nothing during a fault', () => {
    const few = outage(failing, { polls: [polled('live', 1, () => 200)] });
    expect(stayLive(few, 500).because).toContain('Too few answers: liveness was asked for 5 times');
    const early = outage(failing, { polls: [polled('live', 4, () => 200)] });
    expect(stayLive(early, 500).because).toContain(
      'No poll of liveness was answered while refuse(redis) was in effect',
    );
  });
});

describe('eight hours of polls are judged', () => {
  const hours = (answer: (at: number) => Answered, kind: 'live' | 'ready' = 'live') =>
    recordingOf({
      operations: Array.from({ length: 2_000 }, (_, n) => ({ dueAt: n * 100 })),
      duration: 8 * 3_600_000,
      polls: [polled(kind, 8 * 3_600, answer)],
    });
  const everyOther =
    (other: 503 | 'unfinished') =>
    (at: number): Answered =>
      at % 400 === 0 ? 200 : other;

  test('that all say yes', () => {
    const recording = hours(() => 200);
    expect(stayLive(recording, 500)).toMatchObject({ status: 'pass', samples: 144_000 });
  });

  test('every other one of which says no', () => {
    expect(stayLive(hours(everyOther(503)), 500).status).toBe('fail');
  });

  test('that are all late', () => {
    const recording = hours(() => ({ answer: 200, took: 190 }));
    expect(stayLive(recording, 100).status).toBe('fail');
  });

  test('of readiness, every other one of which says no', () => {
    expect(reportReadiness(hours(everyOther(503), 'ready'), 500).samples).toBe(144_000);
  });

  test('of readiness, every other one of which was not finished', () => {
    expect(reportReadiness(hours(everyOther('unfinished'), 'ready'), 500).samples).toBe(72_000);
  });
});

test('toStayLive needs polls, and a bound for which they waited', () => {
  const recording = lived((at) => (away(at) ? 503 : 200));
  expect(
    matchers.toStayLive.call(
      {},
      lived(() => 200),
    ).pass,
  ).toBe(true);
  expect(matchers.toStayLive.call({}, recording, { within: '500ms' }).message()).toMatch(
    /^The app's answer to whether it lives must be 2xx within 500 ms, seen: answer 503\.\n/,
  );
  expect(() => matchers.toStayLive.call({}, recording, { within: '3s' })).toThrow('can be at most 2.0 s');
  expect(() => matchers.toStayLive.call({}, recording, { within: 0 })).toThrow('toStayLive({ within })');
  expect(() => matchers.toStayLive.call({}, outage())).toThrow("{ ready: '/ready', live: '/health' }");
  expect(() => matchers.toStayLive.call({}, recording.during)).toThrow('whole recording');
});
