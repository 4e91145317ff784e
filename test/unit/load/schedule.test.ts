import fc from 'fast-check';
import { expect, test } from 'vitest';
import { curveOf } from '../../../src/load/plan/curve.ts';
import { dueAt, dueCount, evenSchedule, poissonSchedule, type Schedule } from '../../../src/load/plan/schedule.ts';
import { type Stage, stepsOf } from '../../../src/load/plan/stages.ts';

const steady = (rate: number, length: number) => curveOf([{ startRate: rate, endRate: rate, length }]);
const scheduleOf = (rate: number, length: number, warmUp: number) => evenSchedule(steady(rate, length), warmUp);
const staged = (start: number, ...stages: Stage[]) => curveOf(stepsOf(start, stages));
const times = (schedule: Schedule) =>
  Array.from({ length: schedule.count - schedule.first }, (_, index) => dueAt(schedule, schedule.first + index));

test('200 a second for 20 seconds are 4000 arrivals, 5 ms apart, the first at zero', () => {
  const schedule = scheduleOf(200, 20_000, 0);
  expect(schedule).toMatchObject({ first: 0, count: 4_000 });
  expect([dueAt(schedule, 0), dueAt(schedule, 1), dueAt(schedule, 3_999)]).toEqual([0, 5, 19_995]);
});

test('the warm-up goes before zero at the same rate', () => {
  const schedule = scheduleOf(200, 20_000, 2_000);
  expect(schedule.first).toBe(-400);
  expect(dueAt(schedule, -400)).toBe(-2_000);
});

test('a rate below one per duration still has the arrival at zero', () => {
  expect(scheduleOf(0.1, 1_000, 0).count).toBe(1);
});

test('a rate that is no round number does not gain or lose an arrival by rounding', () => {
  // 3 / s for 1.1 s: 0, 333.3, 666.7, 1000; and 0.7 x 10 is 7.000000000000001 in floating point.
  expect(scheduleOf(3, 1_100, 0).count).toBe(4);
  expect(scheduleOf(0.7, 10_000, 0).count).toBe(7);
});

test('what is due counts from the first arrival of the warm-up, at the very instant too', () => {
  const schedule = scheduleOf(10, 500, 200);
  expect(dueCount(schedule, -200.1)).toBe(0);
  expect(dueCount(schedule, -200)).toBe(1);
  expect(dueCount(schedule, 0)).toBe(3);
  expect(dueCount(schedule, 399)).toBe(6);
  expect(dueCount(schedule, 400)).toBe(7);
  expect(dueCount(schedule, 1e9)).toBe(7);
});

test('an arrival is due exactly when its instant has come, whatever the rate', () => {
  const rates = fc.double({ min: 0.01, max: 50_000, noNaN: true });
  fc.assert(
    fc.property(
      rates,
      fc.integer({ min: 1, max: 60_000 }),
      fc.integer({ min: 0, max: 5_000 }),
      fc.nat(),
      (rate, ms, warm, pick) => {
        const schedule = scheduleOf(rate, ms, warm);
        const total = schedule.count - schedule.first;
        const index = pick % total;
        const due = dueAt(schedule, schedule.first + index);
        expect(dueCount(schedule, due)).toBe(index + 1);
        expect(dueCount(schedule, due - 500 / rate)).toBe(index);
        expect(due).toBeGreaterThanOrEqual(-warm - 1e-3);
        expect(due).toBeLessThan(ms);
      },
    ),
  );
});

test('a ramp from 0 to 10/s over 4 s offers 20, each due where the area under the line reaches its number', () => {
  // The integral is 1.25 t^2 (t in seconds), so arrival n is due at sqrt(n / 1.25) s.
  const schedule = evenSchedule(staged(0, { to: 10, over: '4s' }), 2_000);
  expect([schedule.first, schedule.count]).toEqual([0, 20]);
  for (const n of [0, 1, 5, 19]) expect(dueAt(schedule, n)).toBeCloseTo(Math.sqrt(n / 1.25) * 1_000, 6);
});

test('a ramp downwards is the same read backwards', () => {
  // 10 t - 1.25 t^2: arrival 15 is due at 2 s, where the rate is still 5/s.
  const schedule = evenSchedule(staged(10, { to: 0, over: '4s' }), 0);
  expect(schedule.count).toBe(20);
  expect(dueAt(schedule, 15)).toBeCloseTo(2_000, 6);
});

test('a step changes the spacing at its very instant', () => {
  const schedule = evenSchedule(staged(2, { hold: '1s' }, { to: 4, over: 0 }, { hold: '1s' }), 0);
  expect(times(schedule)).toEqual([0, 500, 1_000, 1_250, 1_500, 1_750]);
});

test('a spike of nothing leaves a gap, and what follows is due when something is offered again', () => {
  const schedule = evenSchedule(
    staged(2, { hold: '1s' }, { to: 0, over: 0 }, { hold: '3s' }, { to: 1, over: 0 }, { hold: '2s' }),
    0,
  );
  expect(times(schedule)).toEqual([0, 500, 4_000, 5_000]);
  expect([999, 1_000, 3_999, 4_000].map((instant) => dueCount(schedule, instant))).toEqual([2, 2, 2, 3]);
});

test('a part that holds a whole number of arrivals gives none away by rounding', () => {
  // 12.5 x 4.4 is 55.00000000000001 in floating point: arrival 55 is still the first after the pause.
  const schedule = evenSchedule(
    staged(12.5, { hold: 4_400 }, { to: 0, over: 0 }, { hold: 5_600 }, { to: 1, over: 0 }, { hold: '3s' }),
    0,
  );
  expect(schedule.count).toBe(58);
  expect(dueAt(schedule, 55)).toBe(10_000);
});

test('the warm-up of stages goes at the rate at which they start', () => {
  const schedule = evenSchedule(staged(10, { to: 100, over: '1s' }), 500);
  expect(schedule.first).toBe(-5);
  expect(dueAt(schedule, -5)).toBe(-500);
});

const anyStage = fc.oneof(
  fc.record({ to: fc.double({ min: 0, max: 1_000, noNaN: true }), over: fc.integer({ min: 1, max: 2_000 }) }),
  fc.record({ hold: fc.integer({ min: 1, max: 2_000 }) }),
);
const anyCurve = fc
  .tuple(fc.double({ min: 0.1, max: 1_000, noNaN: true }), fc.array(anyStage, { minLength: 1, maxLength: 5 }))
  .map(([start, stages]) => staged(start, ...stages));

test('whatever the stages, arrivals are due in order and within them, and are counted when due and not before', () => {
  fc.assert(
    fc.property(anyCurve, fc.boolean(), fc.nat(), (curve, even, pick) => {
      const schedule = even ? evenSchedule(curve, 100) : poissonSchedule(curve, 100, 7);
      const total = schedule.count - schedule.first;
      fc.pre(total > 1);
      const index = 1 + (pick % (total - 1));
      const [last, due] = [dueAt(schedule, schedule.first + index - 1), dueAt(schedule, schedule.first + index)];
      const end = curve.reduce((sum, { length }) => sum + length, 0);
      expect(due).toBeGreaterThanOrEqual(last);
      expect(due).toBeLessThan(end + 1e-6);
      expect(dueCount(schedule, due)).toBeGreaterThan(index);
      if (due - last > 1) expect(dueCount(schedule, due - 0.5)).toBe(index);
    }),
  );
});

test('Poisson arrivals come at their rate, with gaps as wide as their mean: exponential ones', () => {
  const schedule = poissonSchedule(steady(100, 100_000), 0, 1);
  const due = times(schedule);
  const gaps = due.slice(1).map((at, index) => at - (due[index] as number));
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  const deviation = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length);
  // 10,000 of them: the count is within three of its standard deviations, and so are mean and deviation of the gaps.
  expect(Math.abs(schedule.count - 10_000)).toBeLessThan(300);
  expect(mean).toBeCloseTo(10, 0);
  expect(Math.abs(deviation / mean - 1)).toBeLessThan(0.04);
  // P(gap > mean) is 1 / e.
  expect(Math.abs(gaps.filter((gap) => gap > mean).length / gaps.length - Math.exp(-1))).toBeLessThan(0.02);
});

test('Poisson arrivals follow a ramp: a quarter of them in its first half', () => {
  const schedule = poissonSchedule(staged(0, { to: 200, over: '100s' }), 0, 3);
  const early = times(schedule).filter((due) => due < 50_000).length;
  expect(Math.abs(schedule.count - 10_000)).toBeLessThan(300);
  expect(Math.abs(early / schedule.count - 0.25)).toBeLessThan(0.015);
});

test('the same seed draws the same arrivals, another one others, and the warm-up changes none from zero on', () => {
  const curve = steady(50, 2_000);
  const schedule = poissonSchedule(curve, 1_000, 5);
  expect(times(poissonSchedule(curve, 1_000, 5))).toEqual(times(schedule));
  expect(times(poissonSchedule(curve, 1_000, 6))).not.toEqual(times(schedule));
  expect(schedule.first).toBeLessThan(0);
  expect(dueAt(schedule, -1)).toBeLessThan(0);
  const alone = times(poissonSchedule(curve, 0, 5));
  expect(times(poissonSchedule(curve, 0, 6))).not.toEqual(alone);
  expect(alone).toEqual(times(schedule).filter((due) => due >= 0));
});
