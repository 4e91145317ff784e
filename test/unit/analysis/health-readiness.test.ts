import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judgeReadiness, lengthOf, pickLongest } from '../../../src/analysis/health/health-readiness.ts';
import { recordingOf } from '../../../src/recording/literal.ts';
import type { Recording } from '../../../src/recording/recording.ts';
import { reportReadiness } from '../../../src/verdict/checks/report-readiness.ts';
import { matchers } from '../../../src/verdict/matchers/matchers.ts';
import { away, outage, steady, type Vary } from '../verdict/literals.ts';
import { type Answered, polled } from './health-literals.ts';

const failing: Vary = (_, dueAt) => (away(dueAt) ? { category: '503' } : {});
/** The app goes on with its work. */
const fine: Vary = () => ({});
const always = (): Answered => 200;

/** 20 s with an outage from 5 s to 10 s, and what the app said meanwhile. */
function said(answer: (at: number) => Answered, vary: Vary = failing, stalls: [number, number][] = []): Recording {
  return outage(vary, { polls: [polled('ready', 20, answer, stalls)] });
}

describe('readiness is true', () => {
  // Not ready from the poll of 5.6 s (answered at 5.61 s) to that of 10.2 s.
  const honest = said((at) => (at >= 5_600 && at < 10_400 ? 503 : 200));

  test('when it follows the work within the bound', () => {
    const judgement = reportReadiness(honest, 1_000);
    // At the worst ready until 5.61 s, and not ready until 10.41 s.
    expect(judgement).toMatchObject({ status: 'pass', metric: 'readiness', value: 610, samples: 100 });
    expect(judgement.shown).toBe('ready for 610 ms while its work failed');
    expect(judgement.bound).toBe('true within 1.0 s');
    expect(judgement.because).toContain('GET /ready said not ready to 24 of 100 polls.');
  });

  test('but nobody knows when the change lies between two polls, one on either side of the bound', () => {
    // At the best it was wrong from 5 s to the last poll that said ready, at 5.41 s.
    const { status, because } = reportReadiness(honest, 500);
    expect(status).toBe('unknown');
    expect(because).toContain('wrong for between 410 ms and 610 ms, depending on what the polls');
  });

  test('when the app goes on with its work and never says otherwise', () => {
    expect(reportReadiness(said(always, fine), 1_000)).toMatchObject({ status: 'pass', shown: 'never wrong' });
  });

  test('when it says either while part of the work fails, or is late', () => {
    const partly: Vary = (n, dueAt) => (away(dueAt) && n % 10 < 3 ? { category: '503' } : {});
    const late: Vary = (_, dueAt) => (away(dueAt) ? { endedAt: dueAt + 1_500 } : {});
    for (const vary of [partly, late]) {
      expect(reportReadiness(said(always, vary), 1_000).status).toBe('pass');
      expect(
        reportReadiness(
          said((at) => (away(at) ? 503 : 200), vary),
          1_000,
        ).status,
      ).toBe('pass');
    }
  });

  test('when a moment of errors was shorter than the bound in an outage that it survived', () => {
    const blip: Vary = (_, dueAt) => (dueAt >= 9_500 && dueAt < 10_500 ? { category: '503' } : {});
    expect(reportReadiness(said(always, blip), 2_000)).toMatchObject({ status: 'pass', value: 1_000 });
  });

  test('when one poll says otherwise', () => {
    expect(
      reportReadiness(
        said((at) => (at === 7_000 ? 503 : 200), fine),
        1_000,
      ).status,
    ).toBe('pass');
  });
});

describe('readiness is not true', () => {
  test('when it says ready while the work fails: when, what was answered, what failed, and which fault', () => {
    const judgement = reportReadiness(said(always), 2_000);
    expect(judgement).toMatchObject({ status: 'fail', value: 5_000, shown: 'ready for 5.0 s while its work failed' });
    expect(judgement.because.split('\n').slice(0, 2)).toEqual([
      'The app said ready from 5.0 s to 10.0 s (GET /ready: 200 (25)), while its work failed: 1,000 of 1,000 operations then failed: 503 (1,000). Meanwhile: refuse(redis).',
      'GET /ready said not ready to 0 of 100 polls.',
    ]);
    expect(judgement.because).toContain('A healthy service says that it is not ready (503) as long as');
  });

  test('when it says not ready while the work is done', () => {
    const judgement = reportReadiness(
      said((at) => (away(at) ? 503 : 200), fine),
      2_000,
    );
    // From the answer to the poll of 5 s to that of 9.8 s.
    expect(judgement).toMatchObject({
      status: 'fail',
      value: 4_800,
      shown: 'not ready for 4.8 s while its work was done',
    });
    expect(judgement.because).toContain('while its work was done: none of 960 operations then failed.');
    expect(judgement.because).toContain('A healthy service is ready as long as it does its work');
  });

  test('when it comes back late, the time-out of a poll included', () => {
    // Four polls from 10 s on, each given up after a second.
    const judgement = reportReadiness(
      said((at) => (at < 5_000 || at >= 14_000 ? 200 : at < 10_000 ? 503 : { answer: 'timeout', took: 1_000 })),
      2_000,
    );
    expect(judgement).toMatchObject({ status: 'fail', value: 4_000 });
    expect(judgement.because).toContain('(GET /ready: timeout (4))');
    expect(judgement.because).toContain('No fault was in effect; refuse(redis) had ended at 10.0 s.');
  });

  test('for as long as a poll waited in vain', () => {
    const judgement = reportReadiness(
      said((at) => (at === 7_000 ? { answer: 'timeout', took: 1_000 } : 200), fine),
      900,
    );
    expect(judgement).toMatchObject({ status: 'fail', value: 1_000 });
  });

  test('when more than half of what was due failed, though the generator did not send the rest: that may have been done', () => {
    const missed =
      (unsent: number): Vary =>
      (n, dueAt) =>
        away(dueAt) ? { category: n % 10 < unsent ? 'unsent' : '503' } : {};
    expect(reportReadiness(said(always, missed(4)), 2_000).status).toBe('fail');
    expect(reportReadiness(said(always, missed(6)), 2_000).status).toBe('unknown');
  });

  test('when it flaps while the work fails', () => {
    // Every other poll says ready: those of 5.2 s to 9.6 s, answered 10 ms later.
    const judgement = reportReadiness(
      said((at) => (away(at) && at % 400 === 200 ? 503 : 200)),
      2_000,
    );
    expect(judgement.status).toBe('fail');
    expect(judgement.value).toBeGreaterThan(4_000);
  });

  test('when the work waits for longer than work may take, however patient its client is', () => {
    // Nothing is answered from 5 s to 14 s, then everything is: what was due until 9 s took longer than 5 s.
    const waiting: Vary = (_, dueAt) => (dueAt >= 5_000 && dueAt < 14_000 ? { endedAt: 14_000 } : {});
    const bite = { connectionsBefore: 3, seenAtStart: true, seenBeforeEnd: true, detail: '' };
    const faults = [{ inEffectAt: 5_000, healedAt: 14_000, bite }];
    const recording = outage(waiting, { faults, polls: [polled('ready', 20, always)] });
    const judgement = reportReadiness(recording, 2_000);
    // Until 8.995 s: what was due at 9 s took 5 s to the millisecond.
    expect(judgement).toMatchObject({ status: 'fail', value: 4_000 });
    expect(judgement.because).toContain(
      'none of 800 operations then failed. 800 more operations took longer than 5.0 s, which is not done.',
    );
    expect(reportReadiness(recording, 2_000, 3_000)).toMatchObject({ status: 'fail', value: 6_000 });
    expect(reportReadiness(recording, 2_000, 10_000).status).toBe('pass');
    const told = outage(waiting, {
      faults,
      polls: [polled('ready', 20, (at) => (at >= 6_000 && at < 14_000 ? 503 : 200))],
    });
    expect(reportReadiness(told, 2_000).status).toBe('pass');
  });

  test('twice: the other time is told', () => {
    const twice: Vary = (_, dueAt) => (away(dueAt) || away(dueAt - 8_000) ? { category: '503' } : {});
    expect(reportReadiness(said(always, twice), 2_000).because).toContain(
      'It was wrong 1 more time: ready from 13.0 s to 18.0 s.',
    );
  });
});

describe('whether readiness is true is unknown', () => {
  test('when the outage was shorter than the time to notice it', () => {
    const short: Vary = (_, dueAt) => (dueAt >= 5_000 && dueAt < 6_500 ? { category: '503' } : {});
    const bite = { connectionsBefore: 3, seenAtStart: true, seenBeforeEnd: true, detail: '' };
    const faults = [{ inEffectAt: 5_000, healedAt: 6_400, bite }];
    const recording = outage(short, { faults, polls: [polled('ready', 20, always)] });
    const { status, because } = reportReadiness(recording, 2_000);
    expect(status).toBe('unknown');
    expect(because).toContain('Its work failed from 5.0 s to 6.5 s, and it did not say so; with 2.0 s to notice');
    expect(reportReadiness(recording, 1_000).status).toBe('fail');
    const told = outage(short, { faults, polls: [polled('ready', 20, (at) => (at === 6_000 ? 503 : 200))] });
    expect(reportReadiness(told, 2_000).status).toBe('pass');
  });

  test('when the run ended while it was wrong', () => {
    const recording = steady({ rate: 200, seconds: 11 }, failing, {
      faults: [{ inEffectAt: 5_000, healedAt: 10_000 }],
      polls: [polled('ready', 11, (at) => (at < 5_000 ? 200 : 503))],
    });
    const { status, because } = reportReadiness(recording, 2_000);
    expect(status).toBe('unknown');
    // The last poll was answered at 10.81 s.
    expect(because).toContain('The run ended while its readiness was wrong, after 810 ms of it');
  });

  test('when the work began to fail within a bin, on either side of the bound', () => {
    // It fails from 5.2 s on, 60 % of its bin; ready is said until 5.81 s for certain, and 6.01 s perhaps.
    const within: Vary = (_, dueAt) => (dueAt >= 5_200 && away(dueAt) ? { category: '503' } : {});
    const noticed = said((at) => (at >= 6_000 && away(at) ? 503 : 200), within);
    expect(reportReadiness(noticed, 700).because).toContain('between 610 ms and 1.0 s');
    // From 5.3 s on it fails in 40 % of the bin, so the bin is neither; it may have been wrong from there.
    const later: Vary = (_, dueAt) => (dueAt >= 5_300 && away(dueAt) ? { category: '503' } : {});
    expect(
      reportReadiness(
        said((at) => (at >= 6_000 && away(at) ? 503 : 200), later),
        600,
      ).because,
    ).toContain('between 310 ms and 710 ms');
    expect(
      reportReadiness(
        said((at) => (at >= 6_000 && away(at) ? 503 : 200), later),
        750,
      ).status,
    ).toBe('pass');
  });

  test('when this process stood still and heard no answer', () => {
    const silent = (at: number): Answered => (at === 8_000 ? { answer: 'timeout', took: 3_010 } : 200);
    const recording = said(silent, fine, [[8_000, 11_000]]);
    const { status, because } = reportReadiness(recording, 2_000);
    expect(status).toBe('unknown');
    // Between the answers at 7.81 s and 11.02 s.
    expect(because).toContain('between 0.0 ms and 3.2 s');
    expect(because).toContain('The app may have said not ready from 7.8 s to 11.0 s (GET /ready: timeout (1)), while');
    expect(because).toContain('of 1 more nobody knows the answer');
    expect(reportReadiness(recording, 3_500).status).toBe('pass');
  });

  test('when this process stood still and did not ask while the work failed', () => {
    // It answered in time before and after; of what it would have said in between nobody knows, so nobody may say that it was `ready`.
    const busy = said((at) => (at === 4_800 ? { answer: 200, took: 5_600 } : 200), failing, [[4_805, 10_390]]);
    expect(reportReadiness(busy, 2_000).status).toBe('unknown');
    // The answer before lay in this process' socket until it came to.
    const held = said(
      (at) => (at === 4_800 ? { answer: 200, took: 4_000 } : at < 10_400 && at > 4_800 ? 503 : 200),
      failing,
      [[4_805, 8_795]],
    );
    expect(reportReadiness(held, 2_000).status).toBe('unknown');
    // Nothing was sent for three seconds, and no poll was under way.
    const gap = polled('ready', 20, always);
    const kept = gap.at.flatMap((at, n) => (at > 5_000 && at < 10_000 ? [] : [n]));
    const of = <T>(list: readonly T[]): T[] => kept.map((n) => list[n] as T);
    const silent = { ...gap, at: of(gap.at), took: of(gap.took), answers: of(gap.answers) };
    expect(reportReadiness(outage(failing, { polls: [silent] }), 2_000).status).toBe('unknown');
  });

  test('when there are too few polls or operations', () => {
    const polls = [polled('ready', 1, always)];
    expect(reportReadiness(outage(failing, { polls }), 2_000).because).toContain('Too few answers');
    const sparse = steady({ rate: 4, seconds: 20 }, undefined, { polls: [polled('ready', 20, always)] });
    expect(reportReadiness(sparse, 2_000).because).toContain('0 of 40 bins of 500 ms had 5 operations');
    const idle = steady({ rate: 200, seconds: 0 }, undefined, {
      duration: 20_000,
      polls: [polled('ready', 20, always)],
    });
    expect(reportReadiness(idle, 2_000).because).toContain('No operation was due');
  });

  test('when the app never did its work in time', () => {
    const slow: Vary = (_, dueAt) => ({ endedAt: dueAt + 1_200 });
    expect(reportReadiness(said(always, slow), 2_000).because).toContain(
      'neither well (90 % done within a second) nor badly',
    );
  });
});

test('toReportReadiness needs polls and a bound that the bins can show', () => {
  const recording = said(always);
  expect(matchers.toReportReadiness.call({}, recording, { within: '2s' }).message()).toMatch(
    /^The readiness that the app reports must be true within 2\.0 s, seen: ready for 5\.0 s while its work failed\.\n/,
  );
  expect(matchers.toReportReadiness.call({}, said(always, fine), { within: '2s' }).pass).toBe(true);
  const judged = (bound: unknown) => () => matchers.toReportReadiness.call({}, recording, bound as { within: '2s' });
  expect(judged({ within: '400ms' })).toThrow('must be at least 500 ms');
  expect(judged({ within: '2s', workWithin: 0 })).toThrow('toReportReadiness({ workWithin }) needs a time above 0');
  expect(judged({})).toThrow('toReportReadiness({ within })');
  expect(judged(undefined)).toThrow('toReportReadiness({ within })');
  const unasked = () => matchers.toReportReadiness.call({}, outage(), { within: '2s' });
  expect(unasked).toThrow("give command() the option ready as a path, such as command([...], { ready: '/ready' })");
  expect(() => matchers.toReportReadiness.call({}, recording.during, { within: '2s' })).toThrow('whole recording');
});

test('what is certainly wrong is possibly wrong, whatever the app says and does', () => {
  const answer = fc.constantFrom<Answered>(200, 503, 'refused', { answer: 'timeout', took: 1_000 }, 'unfinished');
  fc.assert(
    fc.property(
      fc.array(answer, { minLength: 30, maxLength: 30 }),
      fc.array(fc.constantFrom('ok', '503', 'unsent'), { minLength: 12, maxLength: 12 }),
      fc.array(fc.tuple(fc.nat(6_000), fc.nat(800)), { maxLength: 2 }),
      (answers, categories, spans) => {
        const stalls = spans.map(([from, length]): [number, number] => [from, from + length]);
        const operations = Array.from({ length: 120 }, (_, n) => {
          return { dueAt: n * 50, category: categories[Math.floor(n / 10)] ?? 'ok' };
        });
        const polls = polled('ready', 6, (at) => answers[Math.floor(at / 200)] ?? 200, stalls);
        const recording = recordingOf({ operations, polls: [polls] });
        const { contradictions } = judgeReadiness(recording, polls);
        const lengths = [contradictions.certain, contradictions.possible].map((all) => {
          const most = pickLongest(all);
          return most ? lengthOf(most) : 0;
        });
        expect(lengths[0]).toBeLessThanOrEqual(lengths[1] as number);
        for (const one of contradictions.certain) {
          const covers = contradictions.possible.some(({ from, to }) => from <= one.from && to >= one.to);
          expect(covers).toBe(true);
        }
      },
    ),
    { numRuns: 200 },
  );
});
