import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Judgement } from '../../../src/verdict/judgement.ts';
import { type MatcherResult, matchers } from '../../../src/verdict/matchers/matchers.ts';
import { judgementsOf } from '../../../src/verdict/matchers/remembered.ts';
import { wholeOf } from '../../../src/verdict/matchers/whole.ts';
import { Repeats } from '../../../src/verdict/repeats.ts';
import { rowsForRepeats } from '../../../src/verdict/rows/rows.ts';
import { keysOf, outage, steady } from './literals.ts';

/** Runs of 1,000 operations whose answers take so many milliseconds each. */
const taking = (...times: number[]) =>
  new Repeats(times.map((time) => steady({ rate: 100, seconds: 10 }, (_, dueAt) => ({ endedAt: dueAt + time }))));

const p99Below = (received: unknown, bound: '50ms', isNot = false): MatcherResult =>
  matchers.toHaveP99Below.call({ isNot }, received, bound);
const only = (repeats: Repeats) => judgementsOf(repeats)[0] as Judgement;

test('all repeats inside the bound pass, and the value is their median with the spread', () => {
  const repeats = taking(30, 41, 38, 44, 36);
  expect(p99Below(repeats, '50ms').pass).toBe(true);
  expect(only(repeats)).toMatchObject({
    status: 'pass',
    value: 38,
    shown: '38 ms (30 ms to 44 ms)',
    samples: 5_000,
    repeats: [30, 41, 38, 44, 36],
  });
});

test('all outside fail, with what each came to', () => {
  const repeats = taking(80, 60, 70);
  const { pass, message } = p99Below(repeats, '50ms');
  expect(pass).toBe(false);
  expect(message()).toMatch(/p99 over the whole run must be < 50 ms, seen: 70 ms \(60 ms to 80 ms\)\./);
  expect(message()).toContain(
    'All 3 repeats fail.\nrepeat 1: fail, 80 ms; repeat 2: fail, 60 ms; repeat 3: fail, 70 ms',
  );
  expect(message()).toContain('BREAKING_POINT_SEED=42 replays it');
});

test('a spread on both sides of the bound is unknown, under not too, and says so', () => {
  const repeats = taking(30, 80, 40, 45, 48);
  expect(p99Below(repeats, '50ms').pass).toBe(false);
  expect(p99Below(repeats, '50ms', true).pass).toBe(true);
  expect(only(repeats)).toMatchObject({ status: 'unknown', shown: '45 ms (30 ms to 80 ms)' });
  const { because } = only(repeats);
  expect(because).toMatch(/^4 of 5 repeats pass and 1 fail: the spread lies on both sides of the bound\./);
  expect(because).toMatch(/Of repeat 2:\n.*80 ms/s);
});

test('a lost key in one repeat fails, however many lose nothing', () => {
  const run = (without: string[]) => outage(() => ({}), { finalState: { after: keysOf(4_000, without) } });
  const repeats = new Repeats([run([]), run(['SM7']), run([])]);
  const { pass, message } = matchers.toLoseNothing.call({}, repeats);
  expect(pass).toBe(false);
  expect(message()).toMatch(/seen: 0 keys \(0 keys to 1 key\)\.\n\n1 of 3 repeats has a witness against it/);
  expect(message()).toMatch(/Of repeat 2:\n.*SM7/s);
  expect(only(repeats)).toMatchObject({ status: 'fail', witness: true });
});

test('a repeat that cannot be judged keeps the others from passing, but not from failing', () => {
  const short = steady({ rate: 100, seconds: 1 });
  const good = taking(30, 30).recordings;
  const bad = taking(80, 80).recordings;
  const passing = new Repeats([...good, short]);
  expect(p99Below(passing, '50ms').pass).toBe(false);
  expect(only(passing)).toMatchObject({ status: 'unknown' });
  expect(only(passing).because).toMatch(
    /^2 of 3 repeats pass, and 1 could not be judged\.\n.*\nOf repeat 3:\nToo few samples/,
  );
  const failing = new Repeats([...bad, short]);
  p99Below(failing, '50ms');
  expect(only(failing)).toMatchObject({ status: 'fail' });
  expect(only(failing).because).toMatch(/^All of the 2 repeats that could be judged fail; 1 of 3 could not\./);
});

test('windows are those of each repeat', () => {
  const errors = (share: number) =>
    outage((n) => (n >= 1_000 && n < 2_000 && n % 100 < share ? { category: '503' } : {}));
  const repeats = new Repeats([errors(20), errors(30), errors(40)]);
  expect(matchers.toHaveErrorRateBelow.call({}, repeats.during, '10%').pass).toBe(false);
  expect(matchers.toHaveErrorRateBelow.call({}, repeats.before, '10%').pass).toBe(true);
  expect(matchers.toHaveErrorRateBelow.call({}, repeats.after, '10%').pass).toBe(true);
  expect(matchers.toHaveErrorRateBelow.call({}, repeats.window('refuse(redis)'), '10%').pass).toBe(false);
  const judgements = judgementsOf(repeats);
  expect(judgements.map(({ window, shown }) => `${window}: ${shown}`)).toEqual([
    'during refuse(redis): 30 % (20 % to 40 %)',
    'before the fault: 0 %',
    'after refuse(redis): 0 %',
    'during refuse(redis): 30 % (20 % to 40 %)',
  ]);
  expect(() => repeats.window('crash(redis)')).toThrow(/no fault crash\(redis\) in this run/);
});

test('what needs a whole recording takes whole repeats and no windows of them', () => {
  const repeats = new Repeats([outage(), outage()]);
  expect(matchers.toRecoverWithin.call({}, repeats, '5s').pass).toBe(true);
  expect(matchers.toMeet.call({}, repeats, 'production').message()).toMatch(/The target production must be met: /);
  expect(() => matchers.toRecoverWithin.call({}, repeats.during, '5s')).toThrow(
    /judges a whole recording, and got its window 'during refuse\(redis\)'/,
  );
});

test('no recording at all is an error', () => {
  expect(() => new Repeats([])).toThrow(/needs one recording or more/);
});

const judgementOf = (status: Judgement['status'], value: number, witness: boolean): Judgement => ({
  ...{ status, metric: 'p99', value, shown: `${value}`, bound: '< 50', samples: 10, window: 'the whole run' },
  ...{
    because: 'since',
    validity: { lag: null, achieved: null, saturated: 0, unsent: 0, stalled: 0, samples: 10, needed: null },
  },
  ...(witness && { witness }),
});

test('whatever the repeats come to, the whole is pass only if all are, and never pass beside a witness', () => {
  const status = fc.constantFrom<Judgement['status']>('pass', 'fail', 'unknown');
  const value = fc.oneof(fc.integer({ min: 0, max: 100 }), fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY));
  const judgement = fc.tuple(status, value, fc.boolean()).map(([s, v, w]) => judgementOf(s, v, w && s === 'fail'));
  fc.assert(
    fc.property(fc.array(judgement, { minLength: 1, maxLength: 7 }), (judgements) => {
      const wholes = wholeOf(judgements.map((one) => [one]));
      expect(wholes).toHaveLength(1);
      const [whole] = wholes as [Judgement];
      const statuses = new Set(judgements.map((one) => one.status));
      expect(whole.status === 'pass').toBe(statuses.size === 1 && statuses.has('pass'));
      if (judgements.some((one) => one.witness)) expect(whole.status).toBe('fail');
      else expect(whole.status === 'fail').toBe(statuses.has('fail') && !statuses.has('pass'));
      const seen = judgements.map((one) => one.value).filter((one) => !Number.isNaN(one));
      const below = seen.filter((one) => one <= whole.value).length;
      const above = seen.filter((one) => one >= whole.value).length;
      // A median: at least half lie on either side of it, itself included.
      if (seen.length > 0) expect(Math.min(below, above)).toBeGreaterThanOrEqual(seen.length / 2);
    }),
  );
});

test('in the table each metric is a line, with its median, its spread, and the grade of the median', () => {
  const repeats = taking(30, 800, 38);
  p99Below(repeats, '50ms');
  const rows = rowsForRepeats(repeats.recordings, judgementsOf(repeats));
  const line = (metric: string) => rows.filter((row) => row.metric === metric);
  expect(line('p99')).toMatchObject([
    { shown: '38 ms (30 ms to 800 ms)', verdict: 'unknown', grade: null, repeats: [30, 800, 38], target: '< 50 ms' },
  ]);
  expect(line('p95')).toMatchObject([
    { shown: '38 ms (30 ms to 800 ms)', verdict: 'measured', value: 38, samples: 3_000, interval: null },
  ]);
  const unasserted = rowsForRepeats(taking(30, 800, 38).recordings, []).find(({ metric }) => metric === 'p99');
  expect(unasserted).toMatchObject({ grade: 'good', verdict: 'measured', target: null });
});

test('a spread of ranges goes from the low end of the lowest to the high end of the highest', () => {
  // Sent 5 ms late through the generator's fault: answered after 10 ms at best, 15 ms at worst.
  const late = (by: number) =>
    steady({ rate: 100, seconds: 10 }, (_, dueAt) => ({ startedAt: dueAt + by, endedAt: dueAt + by + 10 }));
  const rows = rowsForRepeats([late(5), late(8), late(6)], []);
  expect(rows.find(({ metric }) => metric === 'p50')?.shown).toBe('10 ms to 16 ms (10 ms to 18 ms)');
});

test('a part of each repeat can be narrowed down to one name', () => {
  const repeats = taking(30, 41);
  const [name = ''] = repeats.recordings[0]?.columns.names ?? [];
  for (const narrowed of [repeats.named(name), repeats.before.named(name)]) {
    expect(narrowed.repeats).toBe(repeats);
    expect(narrowed.windows.map(({ only }) => only)).toEqual([name, name]);
    expect(p99Below(narrowed, '50ms').pass).toBe(true);
  }
  expect(() => repeats.before.named('trip')).toThrow("no operation of this run is named 'trip'");
});
