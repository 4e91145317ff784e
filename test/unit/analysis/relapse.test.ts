import { describe, expect, test } from 'vitest';
import { measureRecovery } from '../../../src/analysis/recovery/recovery.ts';
import type { Operation } from '../../../src/recording/columns.ts';
import { type LiteralRecording, recordingOf } from '../../../src/recording/literal.ts';
import type { Recording } from '../../../src/recording/recording.ts';
import { recoverWithin } from '../asked.ts';

type Answer = (dueAt: number) => Partial<Operation>;
type Span = readonly [from: number, to: number];

/** 200/s; a fault from 5 s to 7 s unless said otherwise, which all operations feel. Bins of 500 ms. */
function run(seconds: number, answer: Answer, rest: Partial<LiteralRecording> = {}): Recording {
  const [fault] = rest.faults ?? [{ inEffectAt: 5_000, healedAt: 7_000 }];
  const { inEffectAt = 0, healedAt = 0, askedAt = inEffectAt } = fault ?? {};
  const operations = Array.from({ length: seconds * 200 }, (_, n) => {
    const dueAt = n * 5;
    return { dueAt, ...(dueAt >= askedAt && dueAt < healedAt ? { category: '503' } : answer(dueAt)) };
  });
  return recordingOf({ operations, faults: [{ inEffectAt, healedAt, askedAt }], duration: seconds * 1_000, ...rest });
}

const dead =
  (...spans: readonly Span[]): Answer =>
  (dueAt) =>
    spans.some(([from, to]) => dueAt >= from && dueAt < to) ? { category: '503' } : {};
const slow =
  (...spans: readonly Span[]): Answer =>
  (dueAt) =>
    spans.some(([from, to]) => dueAt >= from && dueAt < to) ? { endedAt: dueAt + 2_000 } : {};
/** From the healing on for ever: good for so long, and then bad for so long. */
const flapping =
  (good: number, bad: number, category = '503'): Answer =>
  (dueAt) => {
    if (dueAt < 7_000 || (dueAt - 7_000) % (good + bad) < good) return {};
    return category === 'slow' ? { endedAt: dueAt + 2_000 } : { category };
  };
const short = (healedAt: number): Partial<LiteralRecording> => ({ faults: [{ inEffectAt: 5_000, healedAt }] });

describe('a relapse that costs as much as the fault is no recovery', () => {
  test('wherever the run ends', () => {
    const relapsing = run(40, dead([8_500, 33_500]));
    expect(measureRecovery(relapsing)).toMatchObject({
      status: 'recovered',
      firstAfter: 0,
      afterBest: 26_500,
      afterWorst: 26_500,
    });
    expect(recoverWithin(relapsing, 5_000)).toMatchObject({
      status: 'fail',
      shown: '26.5 s',
      because: expect.stringContaining(
        'As good as before 26.5 s after the fault was lifted: it was so at once, and relapsed (it went bad again once)',
      ),
    });
    for (const seconds of [20, 33, 34, 36, 60, 300]) {
      expect(recoverWithin(run(seconds, dead([8_500, 33_500])), 5_000).status).toBe('fail');
    }
  });

  test.each<[string, Recording]>([
    ['good for four bins and dead for two, for ever', run(40, flapping(2_000, 1_000))],
    ['the same for five minutes', run(300, flapping(2_000, 1_000))],
    ['good for four bins and slow for two, for ever', run(40, flapping(2_000, 1_000, 'slow'))],
    ['dead for a second in ten', run(40, flapping(9_000, 1_000))],
    ['dead for two seconds in two minutes', run(300, flapping(118_000, 2_000))],
    ['dead for a second in half a minute, all along', run(300, flapping(29_000, 1_000))],
    [
      'dead now and then at first, and good for long',
      run(300, dead([9_000, 10_000], [12_000, 13_000], [15_000, 16_000])),
    ],
    ['dead for 2 s, five minutes later', run(400, dead([310_000, 312_000]))],
    ['slow for 25 s', run(40, slow([8_500, 33_500]))],
    ['slow for 3 s, late in a long run', run(200, slow([150_000, 153_000]))],
    ['one error in ten for 20 s', run(60, (dueAt) => (dueAt % 50 === 0 ? dead([20_000, 40_000])(dueAt) : {}))],
    ['as long as a fault of half a second', run(40, dead([20_000, 20_500]), short(5_500))],
    [
      'longer than a fault that nobody felt',
      run(40, dead([20_000, 22_000]), { faults: [{ inEffectAt: 4_990, healedAt: 5_000 }] }),
    ],
    ['short beside a fault of 30 s', run(80, dead([50_000, 53_000]), short(35_000))],
  ])('%s', (_, recording) => {
    expect(recoverWithin(recording, 5_000).status).toBe('fail');
  });

  test('by the backlog alone', () => {
    const at = Array.from({ length: 160 }, (_, n) => n * 250);
    const waiting = (instant: number) =>
      (instant >= 5_000 && instant < 7_000) || (instant >= 15_000 && instant < 30_000) ? 400 : 1;
    const series = [{ subject: 'probe', name: 'backlog', unit: 'count', at, values: at.map(waiting) }] as const;
    const seen = run(40, () => ({}), { series });
    expect(measureRecovery(seen)).toMatchObject({ firstAfter: 0, afterWorst: 23_000 });
    expect(recoverWithin(seen, 5_000).status).toBe('fail');
  });

  test('once it came back for good, it recovered then', () => {
    const seen = run(60, dead([8_500, 10_500]));
    expect(measureRecovery(seen)).toMatchObject({ afterWorst: 3_500 });
    expect(recoverWithin(seen, 5_000).status).toBe('pass');
    expect(recoverWithin(seen, 3_000).status).toBe('fail');
  });

  test('of which nobody can tell, because the generator sent nothing, is unknown', () => {
    const seen = run(40, (dueAt) => (dueAt >= 15_000 && dueAt < 20_000 ? { category: 'unsent' } : {}));
    expect(measureRecovery(seen)).toMatchObject({ afterBest: 0, afterWorst: 13_000 });
    expect(recoverWithin(seen, 5_000).status).toBe('unknown');
  });
});

describe('what happens to healthy services is no relapse', () => {
  test.each<[string, Recording]>([
    ['dead for half a second, which is a quarter of the fault', run(40, dead([20_000, 20_500]))],
    [
      'a pause of a second now and then',
      run(60, (dueAt) => (dueAt % 20_000 >= 19_000 ? { endedAt: dueAt + 20_000 - (dueAt % 20_000) } : {})),
    ],
    ['an error in a thousand', run(300, (dueAt) => (dueAt % 5_000 === 0 ? { category: '503' } : {}))],
    [
      'a few errors in a bin now and then in an hour',
      run(1_200, (dueAt) => (dueAt % 60_000 < 50 ? { category: '503' } : {})),
    ],
  ])('%s', (_, recording) => {
    expect(recoverWithin(recording, 5_000).status).toBe('pass');
  });
});

describe('the baseline', () => {
  const asked = { faults: [{ askedAt: 4_500, inEffectAt: 5_000, healedAt: 7_000 }] };

  test('ends when the fault is asked for: what fails until it takes effect does not make 8 % of errors as good as before', () => {
    const seen = run(40, (dueAt) => (dueAt >= 7_000 && (dueAt / 5) % 25 < 2 ? { category: '503' } : {}), asked);
    expect(measureRecovery(seen).baseline).toMatchObject({ bins: 9, errorShare: 0, goodput: 100 });
    expect(measureRecovery(seen)).toMatchObject({ status: 'not-recovered', timeToDegrade: 0 });
    expect(recoverWithin(seen, 5_000).status).toBe('fail');
  });

  test('has no errors of operations that were under way when the fault was asked for', () => {
    // From 3.5 s on each answer takes 1.5 s, so that what was due from then on is caught by the fault and fails.
    const caught: Answer = (dueAt) =>
      dueAt >= 3_500 && dueAt < 4_500 ? { endedAt: dueAt + 1_500, category: '503' } : {};
    expect(measureRecovery(run(40, caught, asked)).baseline).toMatchObject({ errorShare: 0 });
  });

  test('that was bad already proves no recovery, and a service that got worse still fails', () => {
    const often = (share: number, later = share): Recording =>
      run(40, (dueAt) => ((dueAt / 5) % 100 < (dueAt < 5_000 ? share : later) ? { category: '503' } : {}));
    expect(recoverWithin(often(40), 5_000)).toMatchObject({
      status: 'unknown',
      because: expect.stringContaining('Before the fault 40.0 % of the operations failed'),
    });
    expect(recoverWithin(often(40, 90), 5_000).status).toBe('fail');
    expect(recoverWithin(often(4), 5_000).status).toBe('pass');
    const crawling = run(40, (dueAt) => ({ endedAt: dueAt + 6_000 }));
    expect(recoverWithin(crawling, 5_000).status).toBe('unknown');
  });

  test('that is missing, or a healing after the end of the load, leaves the recovery unknown', () => {
    expect(
      recoverWithin(
        run(20, () => ({}), { faults: [{ inEffectAt: 0, healedAt: 5_000 }] }),
        5_000,
      ).status,
    ).toBe('unknown');
    expect(
      recoverWithin(
        run(20, () => ({}), { faults: [{ inEffectAt: 5_000, healedAt: 25_000 }] }),
        5_000,
      ).status,
    ).toBe('unknown');
    const late = run(20, () => ({}), {
      faults: [
        { inEffectAt: 5_000, healedAt: 6_000 },
        { inEffectAt: 7_000, healedAt: 21_000 },
      ],
    });
    expect(recoverWithin(late, 5_000).status).toBe('unknown');
  });
});
