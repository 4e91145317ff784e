import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Chance } from '../../../src/fault/chance.ts';
import { writeFault } from '../../../src/fault/code.ts';
import { type Fault, type LastingFault, lasting, type MomentaryFault, momentary } from '../../../src/fault/fault.ts';
import { randomSchedule } from '../../../src/fault/random-schedule.ts';
import { checkSchedule, shortestOf } from '../../../src/fault/schedule.ts';
import { flapping } from '../../../src/fault/wire/flapping.ts';
import type { Service } from '../../../src/stack/service.ts';

const subject = (name: string) => ({ name, kind: name, connections: async () => 1 });
const redis = subject('redis');
const postgres = subject('postgres');

function fault(name: string, overrides: Partial<Fault> = {}): Fault {
  return {
    ...{ name, kind: name, subject: redis, holds: ['wire'], patience: 200 },
    look: async () => ({ seen: true, detail: '' }),
    inject: async () => ({ [Symbol.asyncDispose]: async () => undefined }),
    ...overrides,
  };
}

const refuse = lasting(fault('refuse(redis)'));
const crash = momentary(fault('crash(postgres)', { subject: postgres, holds: ['wire', 'server'] }));
const slow = lasting(fault('latency(redis, 800 ms)', { patience: 1_300 }));
const usual = { catalogue: [refuse, crash], between: ['2s', '20s'], faults: [1, 3], length: ['1s', '4s'] } as const;

describe('a random schedule', () => {
  it('is the same for the same seed, and for another mostly another', () => {
    const of = (seed: number) =>
      randomSchedule({ ...usual, seed })
        .map(writeFault)
        .join(' ');
    const seeds = Array.from({ length: 50 }, (_, seed) => seed);
    expect(seeds.map(of)).toEqual(seeds.map(of));
    expect(new Set(seeds.map(of)).size).toBeGreaterThan(45);
  });

  it('is of a stated catalogue, all of which comes up, and of every number of faults', () => {
    const schedules = Array.from({ length: 100 }, (_, seed) => randomSchedule({ ...usual, seed }));
    expect(new Set(schedules.map(({ length }) => length))).toEqual(new Set([1, 2, 3]));
    expect(new Set(schedules.flat().map(({ name }) => name))).toEqual(new Set(['refuse(redis)', 'crash(postgres)']));
    const crashes = schedules.flat().filter(({ name }) => name === 'crash(postgres)');
    const moments = crashes.filter(({ from, to }) => from === to).length / crashes.length;
    expect(moments).toBeGreaterThan(0.3);
    expect(moments).toBeLessThan(0.7);
  });

  it('has faults on two services that overlap, which is what a cascade is', () => {
    const lengthy = { ...usual, faults: 2, length: ['4s', '4s'] } as const;
    const overlaps = Array.from({ length: 50 }, (_, seed) => randomSchedule({ ...lengthy, seed })).filter(
      ([first, second]) => first && second && second.from < first.to,
    );
    expect(overlaps.length).toBeGreaterThan(3);
  });

  it('draws no fault shorter than it can be seen', () => {
    const [only] = randomSchedule({ ...usual, catalogue: [slow], faults: 1, length: ['1s', '2.7s'], seed: 3 });
    expect((only?.to ?? 0) - (only?.from ?? 0)).toBe(2_700);
  });

  it('is the one that fits, for every seed, where there is hardly any other', () => {
    const tight = { ...usual, catalogue: [refuse], between: ['2s', '7.2s'], faults: 3, length: ['1s', '1s'] } as const;
    for (let seed = 0; seed < 20; seed++) {
      expect(randomSchedule({ ...tight, seed }).map(({ from, to }) => [from, to])).toEqual([
        [2_000, 3_000],
        [4_100, 5_100],
        [6_200, 7_200],
      ]);
    }
  });

  it('gives a fault with a length of its own that length', () => {
    const proxy = { host: '127.0.0.1', port: 1 };
    const service = { ...redis, sight: async () => ({ kind: 'refused' }), proxy } as unknown as Service;
    const flaps = flapping(service, { times: 3, down: '400ms', up: '100ms' });
    const [only] = randomSchedule({ ...usual, catalogue: [flaps], faults: 1, seed: 1 });
    expect((only?.to ?? 0) - (only?.from ?? 0)).toBe(1_400);
    const endless = flapping(service, { down: '400ms', up: '100ms' });
    const [other] = randomSchedule({ ...usual, catalogue: [endless], faults: 1, seed: 1 });
    expect((other?.to ?? 0) - (other?.from ?? 0)).toBeGreaterThanOrEqual(1_000);
  });
});

describe('a catalogue or a time that is impossible is an error of its own', () => {
  const of = (changes: Partial<Record<keyof Chance | 'seed', unknown>>) => () =>
    randomSchedule({ ...usual, seed: 1, ...changes } as Parameters<typeof randomSchedule>[0]);

  it.each([
    [{ catalogue: [] }, 'catalogue must name one fault or more'],
    [{ catalogue: [refuse.from('1s').to('2s')] }, /must hold faults without a time.*got refuse\(redis\)/],
    [{ catalogue: [undefined] }, /must hold faults without a time.*got undefined/],
    [{ between: ['20s', '2s'] }, 'between must not end before it begins; got ["20s","2s"]'],
    [{ between: '2s' }, `between must be two times, such as ['2s', '20s']; got "2s"`],
    [{ between: ['2', '20s'] }, 'between must be milliseconds or a number with a unit'],
    [{ length: ['4s', '1s'] }, 'length must not end before it begins'],
    [{ length: undefined }, 'length must be two times'],
    [{ faults: 0 }, 'faults must be a whole number from 1'],
    [{ faults: [3, 1] }, 'or the least and the most of them, such as [1, 3]; got [3,1]'],
    [{ faults: [1.5, 2] }, 'got [1.5,2]'],
    [{ faults: undefined }, 'got undefined'],
    [{ seed: -1 }, 'seed must be a whole number from 0 to 4294967295; got -1'],
    [{ seed: undefined }, 'seed must be a whole number from 0 to 4294967295; got undefined'],
    [
      { catalogue: [refuse, slow], length: ['1s', '2s'] },
      'latency(redis, 800 ms) must last at least 2.7 s to be seen twice, and length and between allow at most 2.0 s',
    ],
    [
      { between: ['2s', '2.5s'], catalogue: [refuse] },
      /refuse\(redis\) must last at least 1\.0 s.*allow at most 500 ms/,
    ],
    [
      { between: ['2s', '6s'], catalogue: [refuse], faults: 5 },
      '5 faults find no room between 2.0 s and 6.0 s: only 2 do, each at its shortest',
    ],
  ])('%o', (changes, message) => {
    expect(of(changes)).toThrow(message);
  });
});

/** Catalogues over up to two services, of faults that hold this or that. */
const catalogues = fc.array(
  fc
    .record({
      subject: fc.constantFrom(redis, postgres),
      holds: fc.subarray(['wire', 'server', 'locks']),
      patience: fc.integer({ min: 0, max: 2_000 }),
      moment: fc.boolean(),
    })
    .map(({ moment, ...held }): LastingFault | MomentaryFault =>
      moment ? momentary(fault('moment', held)) : lasting(fault('lasting', held)),
    ),
  { minLength: 1, maxLength: 4 },
);

const chances: fc.Arbitrary<Chance> = fc
  .record({
    catalogue: catalogues,
    begin: fc.integer({ min: 0, max: 5_000 }),
    room: fc.integer({ min: 0, max: 20_000 }),
    least: fc.integer({ min: 1, max: 6 }),
    more: fc.integer({ min: 0, max: 4 }),
    shortest: fc.integer({ min: 0, max: 3_000 }),
    longer: fc.integer({ min: 0, max: 5_000 }),
  })
  .map(({ catalogue, begin, room, least, more, shortest, longer }) => ({
    catalogue,
    between: [begin, begin + room],
    faults: [least, least + more],
    length: [shortest, shortest + longer],
  }));

describe('whatever is asked for', () => {
  it('a schedule is one that a run takes, within its times and numbers, or none at all for any seed', () => {
    let made = 0;
    fc.assert(
      fc.property(chances, fc.uniqueArray(fc.nat(2 ** 31), { minLength: 3, maxLength: 3 }), (chance, seeds) => {
        const attempts = seeds.map((seed) => {
          try {
            return randomSchedule({ ...chance, seed });
          } catch (error) {
            return error as Error;
          }
        });
        expect(new Set(attempts.map((attempt) => attempt instanceof Error)).size).toBe(1);
        const [begin, end] = chance.between as [number, number];
        const [least, most] = chance.faults as [number, number];
        for (const schedule of attempts) {
          if (schedule instanceof Error) {
            expect(schedule).toBeInstanceOf(RangeError);
            continue;
          }
          made++;
          checkSchedule(schedule, end);
          expect(schedule.length).toBeGreaterThanOrEqual(least);
          expect(schedule.length).toBeLessThanOrEqual(most);
          for (const { from, to, fault: drawn } of schedule) {
            expect(from).toBeGreaterThanOrEqual(begin);
            expect(to).toBeLessThanOrEqual(end);
            if (to > from) {
              const longest = Math.max((chance.length as [number, number])[1], shortestOf(drawn));
              expect(to - from).toBeLessThanOrEqual(longest);
            }
          }
        }
      }),
      { numRuns: 100 },
    );
    expect(made).toBeGreaterThan(60);
  });
});
