import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Duration } from '../../../src/duration.ts';
import { writeSchedule } from '../../../src/fault/code.ts';
import { type Fault, lasting, momentary } from '../../../src/fault/fault.ts';
import { repeated } from '../../../src/fault/repeated.ts';
import { runSchedule } from '../../../src/fault/run-schedule.ts';
import { checkSchedule, nameFaults } from '../../../src/fault/schedule.ts';
import { now } from '../../../src/recording/clock.ts';
import { timesOfFaults } from '../../../src/recording/fault-windows.ts';
import { recordingOf } from '../../../src/recording/literal.ts';
import { applyEachOnce } from '../../../src/verdict/checks/apply-each-once.ts';

const redis = { name: 'redis', kind: 'redis', connections: async () => 1 };

function fault(overrides: Partial<Fault> = {}): Fault {
  return {
    ...{ name: 'refuse(redis)', kind: 'refuse', subject: redis, holds: ['wire'], patience: 10 },
    look: async () => ({ seen: true, detail: '' }),
    inject: async () => ({ [Symbol.asyncDispose]: async () => undefined }),
    ...overrides,
  };
}

const refuse = lasting(fault());

describe('a fault that is repeated', () => {
  it('is as many faults, as far apart', () => {
    const faults = repeated(refuse.from('2s').for('1s'), { times: 3, every: '3s' });
    expect(faults.map(({ from, to }) => [from, to])).toEqual([
      [2_000, 3_000],
      [5_000, 6_000],
      [8_000, 9_000],
    ]);
    expect(nameFaults(faults)).toEqual(['refuse(redis)', 'refuse(redis) #2', 'refuse(redis) #3']);
    checkSchedule(faults, 9_000);
  });

  it('may be one of a moment', () => {
    const faults = repeated(momentary(fault()).at('1s'), { times: 2, every: '500ms' });
    expect(faults.map(({ from, to }) => [from, to])).toEqual([
      [1_000, 1_000],
      [1_500, 1_500],
    ]);
  });

  it('may begin after another, and each time as much later', () => {
    const first = momentary(fault({ name: 'restart(app)', subject: { ...redis, name: 'app' } })).at('1s');
    const faults = repeated(refuse.after(first, '100ms').for('1s'), { times: 2, every: '2s' });
    expect(faults.map(({ after }) => after)).toEqual([
      { other: first, delay: 100 },
      { other: first, delay: 2_100 },
    ]);
    checkSchedule([first, ...faults], 9_000);
  });

  it.each([
    [{ times: 1, every: '3s' }, 'repeated(refuse(redis)): times must be a whole number from 2 to 1000; got 1'],
    [{ times: 2.5, every: '3s' }, 'got 2.5'],
    [{ times: 1e9, every: '3s' }, 'a whole number from 2 to 1000; got 1000000000'],
    [undefined as never, 'got undefined'],
    [{ times: 2, every: '1s' }, 'every must be longer than the fault lasts (1.0 s); got "1s"'],
    [
      { times: 2, every: '3' as Duration },
      'repeated(refuse(redis)): every must be milliseconds or a number with a unit',
    ],
  ] as const)('but not as %o', (repetition, message) => {
    expect(() => repeated(refuse.from('2s').for('1s'), repetition)).toThrow(message);
  });

  it('needs a fault', () => {
    expect(() => repeated(undefined as never, { times: 2, every: '3s' })).toThrow('repeated(): the fault has no time');
  });

  it('needs a time', () => {
    const untimed = refuse as unknown as ReturnType<typeof refuse.from> & Parameters<typeof repeated>[0];
    expect(() => repeated(untimed, { times: 2, every: '3s' })).toThrow(
      "repeated(refuse(redis)): the fault has no time: write refuse(redis).from('2s').for('1s')",
    );
  });
});

describe('the window of one of several faults of a name', () => {
  const faults = repeated(refuse.from('2s').for('1s'), { times: 3, every: '3s' });
  const recording = recordingOf({
    operations: [],
    duration: 10_000,
    faults: [
      { name: 'refuse(redis)', askedAt: 2_001, inEffectAt: 2_003, healedAt: 3_002 },
      { name: 'refuse(redis) #2', askedAt: 5_000, inEffectAt: 5_002, healedAt: 6_002 },
      { name: 'refuse(redis) #3', askedAt: 8_004, inEffectAt: 8_005, healedAt: 9_002 },
    ],
  });

  it('is that of the one that was given, by its time', () => {
    expect(faults.map((one) => recording.window(one).name)).toEqual([
      'during refuse(redis)',
      'during refuse(redis) #2',
      'during refuse(redis) #3',
    ]);
    expect(recording.window(faults[1] as (typeof faults)[0])).toMatchObject({ from: 5_002, to: 6_002 });
  });

  it('is that of the first for the name alone, and of each for its number', () => {
    expect(recording.window('refuse(redis)').from).toBe(2_003);
    expect(recording.window('refuse(redis) #3').from).toBe(8_005);
    expect(recording.window(refuse).from).toBe(2_003);
    expect(() => recording.window('refuse(redis) #4')).toThrow(/no fault refuse\(redis\) #4 in this run/);
  });
});

it('a fault waits until the one before it that holds the same is healed, however long that takes', async () => {
  const log: string[] = [];
  const noting = (name: string, healing: number, subject = redis) =>
    lasting(
      fault({
        ...{ name, subject },
        inject: async () => {
          log.push(`${name} begins`);
          return {
            [Symbol.asyncDispose]: async () => {
              await sleep(healing);
              log.push(`${name} healed`);
            },
          };
        },
      }),
    );
  const other = { ...redis, name: 'postgres' };
  const faults = [
    noting('second', 0).from(80).to(160),
    noting('first', 60).from(0).to(60),
    noting('apart', 0, other).from(70).to(150),
  ];
  const records = await runSchedule(faults, now(), new AbortController().signal, () => undefined);
  expect(log.indexOf('second begins')).toBeGreaterThan(log.indexOf('first healed'));
  expect(log.indexOf('apart begins')).toBeLessThan(log.indexOf('first healed'));
  expect(records.map(({ name }) => name)).toEqual(['second', 'first', 'apart']);
});

it('faults that are repeated after another begin as far apart as they were told', async () => {
  const first = momentary(fault({ name: 'restart(app)', subject: { ...redis, name: 'app' } })).at(0);
  const faults = [first, ...repeated(refuse.after(first, 10).for(60), { times: 3, every: 100 })];
  const records = await runSchedule(faults, now(), new AbortController().signal, () => undefined);
  const begun = records.slice(1).map(({ askedAt }) => Math.floor((askedAt - (records[0]?.healedAt ?? 0)) / 100));
  expect(begun).toEqual([0, 1, 2]);
});

it('what repeated made is recorded as one fault, and each with its time in the schedule', async () => {
  const again = repeated(refuse.from(20).for(60), { times: 3, every: 100 });
  const other = lasting(fault({ name: 'refuse(redis)', holds: ['server'] }))
    .from(120)
    .for(60);
  const records = await runSchedule([other, ...again], now(), new AbortController().signal, () => undefined);
  expect(records.map(({ name, scheduledAt, repeatOf }) => [name, scheduledAt, repeatOf])).toEqual([
    ['refuse(redis) #2', 120, undefined],
    ['refuse(redis)', 20, undefined],
    ['refuse(redis) #3', 120, 'refuse(redis)'],
    ['refuse(redis) #4', 220, 'refuse(redis)'],
  ]);
  expect(timesOfFaults(records).map(({ name }) => name)).toContain('during refuse(redis), 3 times');
});

it('a fault that was kept waiting past its end lasts its whole time all the same', async () => {
  const slowly = momentary(fault({ inject: async () => ({ [Symbol.asyncDispose]: () => sleep(150) }) }));
  const faults = [slowly.at(0), refuse.from(20).to(80)];
  const [first, second] = await runSchedule(faults, now(), new AbortController().signal, () => undefined);
  expect(second?.askedAt).toBeGreaterThanOrEqual(first?.healedAt ?? Number.NaN);
  expect((second?.healAskedAt ?? 0) - (second?.askedAt ?? 0)).toBeGreaterThanOrEqual(60);
});

it('a fault that could not be healed says so, and the others are healed all the same', async () => {
  const stuck = fault({
    inject: async () => ({ [Symbol.asyncDispose]: () => Promise.reject(new Error('nobody answers')) }),
  });
  let healed = false;
  const other = fault({
    subject: { ...redis, name: 'postgres' },
    inject: async () => ({
      [Symbol.asyncDispose]: async () => {
        healed = true;
      },
    }),
  });
  const faults = [lasting(stuck).from(0).to(20), lasting(other).from(0).to(60_000)];
  await expect(runSchedule(faults, now(), new AbortController().signal, () => undefined)).rejects.toThrow(
    'refuse(redis) could not be healed: nobody answers',
  );
  expect(healed).toBe(true);
});

it('a fault is healed when nobody can be told of it', async () => {
  let healed = false;
  const told = fault({
    inject: async () => ({
      [Symbol.asyncDispose]: async () => {
        healed = true;
      },
    }),
  });
  const tell = () => {
    throw new Error('the reporter is gone');
  };
  const running = runSchedule([lasting(told).from(0).to(20)], now(), new AbortController().signal, tell);
  await expect(running).rejects.toThrow('the reporter is gone');
  expect(healed).toBe(true);
});

it('a schedule is written as code, in the order of time, to the millisecond', () => {
  const latency = lasting(fault({ name: 'latency(redis, 50 ms)', code: "latency(redis, '50ms')" }));
  expect(writeSchedule([refuse.from('4s').to('5s')])).toBe("faults: [refuse(redis).from('4s').to('5s')]");
  expect(writeSchedule([momentary(fault({ name: 'crash(app)' })).at(4_250), latency.from(300).to(1_501)])).toBe(
    "faults: [\n  latency(redis, '50ms').from('300ms').to('1.501s'),\n  crash(app).at('4.25s'),\n]",
  );
});

it('a fault that came after a load without a planned end is no proof of anything', () => {
  const late = recordingOf({
    operations: [{ key: 'a' }],
    duration: 1_000,
    faults: [{ name: 'refuse(redis)', inEffectAt: 5_000, healedAt: 6_000 }],
    finalState: { after: ['a'] },
  });
  expect(applyEachOnce(late)).toMatchObject({
    status: 'unknown',
    because: expect.stringContaining('refuse(redis) came at 5.0 s, when the load had ended (after 1.0 s)'),
  });
});
