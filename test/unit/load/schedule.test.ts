import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dueAt, dueCount, scheduleOf } from '../../../src/load/schedule.ts';

test('200 a second for 20 seconds are 4000 arrivals, 5 ms apart, the first at zero', () => {
  const schedule = scheduleOf(200, 20_000, 0);
  expect(schedule).toEqual({ rate: 200, first: 0, count: 4_000 });
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
