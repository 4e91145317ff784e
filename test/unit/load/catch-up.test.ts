import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CatchUp } from '../../../src/load/generator/catch-up.ts';
import { Pulse } from '../../../src/load/generator/pulse.ts';

test('a generator catches up from its waking until what was due is sent, and as few are in flight as before', () => {
  const catchUp = new CatchUp();
  catchUp.begin(1_000, 0, 3);
  expect(catchUp.active).toBe(false);
  catchUp.begin(1_000, 400, 3);
  catchUp.look(1_005, true, 90);
  catchUp.look(1_010, false, 83);
  expect(catchUp.active).toBe(true);
  catchUp.look(1_050, false, 3);
  catchUp.look(1_060, false, 2);
  expect([catchUp.active, catchUp.spans]).toEqual([false, [[1_000, 1_050]]]);
});

test('an app that does not deal with what was sent excuses itself for no longer than the stall was', () => {
  const catchUp = new CatchUp();
  catchUp.begin(1_000, 400, 0);
  for (let at = 1_010; at < 3_000; at += 10) catchUp.look(at, at <= 1_020, at - 900);
  // All was sent at 1,020.
  expect([catchUp.active, catchUp.spans]).toEqual([false, [[1_000, 1_420]]]);
});

test('a stall while it catches up makes it longer, and is counted once', () => {
  const catchUp = new CatchUp();
  catchUp.begin(1_000, 100, 2);
  catchUp.look(1_010, false, 50);
  catchUp.begin(1_080, 60, 40);
  catchUp.look(1_150, false, 30);
  catchUp.look(1_170, false, 2);
  expect(catchUp.spans).toEqual([[1_000, 1_140]]);
});

test('whatever an app does, once all is sent it is excused for no longer than the generator stalled', () => {
  const wakes = fc.array(
    fc.record({
      after: fc.integer({ min: 1, max: 200 }),
      stall: fc.constantFrom(0, 0, 0, 60, 300),
      inFlight: fc.nat(50),
    }),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(wakes, (steps) => {
      const catchUp = new CatchUp();
      let at = 0;
      let stalled = 0;
      for (const { after, stall, inFlight } of steps) {
        at += after + stall;
        stalled += stall;
        catchUp.begin(at, stall, inFlight);
        catchUp.look(at, false, inFlight);
      }
      const excused = catchUp.spans.reduce((sum, [from, to]) => sum + to - from, 0);
      expect(excused).toBeLessThanOrEqual(stalled);
      for (const [index, [from, to]] of catchUp.spans.entries()) {
        expect(to).toBeGreaterThanOrEqual(from);
        expect(from).toBeGreaterThanOrEqual(catchUp.spans[index - 1]?.[1] ?? 0);
      }
    }),
  );
});

test('the clock of deadlines stands still while the generator catches up, and goes on where it stood', () => {
  const pulse = new Pulse(0);
  pulse.beat(40);
  pulse.held = true;
  expect(pulse.running(60)).toBe(40);
  pulse.beat(70);
  pulse.held = false;
  expect(pulse.running(90)).toBe(60);
});

test('a generator that stalls all the time has its deadlines put off by ten seconds in all', () => {
  const pulse = new Pulse(0);
  for (let at = 100; at <= 60_000; at += 100) pulse.beat(at);
  expect(pulse.running(60_000)).toBe(50_000);
});
