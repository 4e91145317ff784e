import { describe, expect, it } from 'vitest';
import { type Fault, lasting, momentary, throughProxy } from '../../../src/fault/fault.ts';
import { runSchedule } from '../../../src/fault/run-schedule.ts';
import { checkSchedule, nameFaults } from '../../../src/fault/schedule.ts';
import { changeWire } from '../../../src/fault/wire/wire.ts';
import { now } from '../../../src/recording/clock.ts';
import type { Service, Sighting } from '../../../src/stack/service.ts';

/** A service that answers as the log says it should: the last thing that a fault did to it. */
function service(name = 'redis', state: { down: boolean; log: string[] } = { down: false, log: [] }) {
  const fake = {
    name,
    kind: name,
    url: '',
    directUrl: '',
    connections: async () => 3,
    sight: async (): Promise<Sighting> =>
      state.down ? { kind: 'refused' } : { kind: 'answered', ready: true, after: 1 },
    proxy: {
      host: '127.0.0.1',
      port: 1,
      ours: false,
      disable: async () => void state.log.push('disable'),
      enable: async () => void state.log.push('enable'),
      addToxic: async () => undefined,
      removeToxic: async () => undefined,
      hang: async () => undefined,
      release: async () => undefined,
      redirect: async () => undefined,
      restore: async () => undefined,
      traffic: async () => undefined,
      reset: async () => void state.log.push('reset'),
    },
  } satisfies Service;
  return { fake, state };
}

function outage({ fake, state }: ReturnType<typeof service>, overrides: Partial<Fault> = {}): Fault {
  return {
    name: `outage(${fake.name})`,
    kind: 'outage',
    ...throughProxy(fake, 10, (sighting) => sighting.kind === 'refused'),
    holds: ['wire'],
    inject: async (_signal, note) => {
      state.down = true;
      note('down');
      return {
        [Symbol.asyncDispose]: async () => {
          state.down = false;
          state.log.push('healed');
        },
      };
    },
    ...overrides,
  };
}

const quiet = () => undefined;

describe('a schedule is refused before anything starts', () => {
  const fault = lasting(outage(service()));

  it('when a fault ends before it began', () => {
    expect(() => fault.from('5s').to('5s')).toThrow(/outage\(redis\): \.to\("5s"\) must come after \.from\("5s"\)/);
  });

  it('when it lasts for no time', () => {
    expect(() => fault.from('5s').for(0)).toThrow(/the end of \.for\(0\) must come after \.from\("5s"\)/);
  });

  it('when a time has no unit', () => {
    expect(() => fault.from('5' as '5s')).toThrow(/outage\(redis\)\.from\(\) must be milliseconds/);
  });

  it('when a fault ends after the load', () => {
    expect(() => checkSchedule([fault.from('1s').to('9s')], 8_000)).toThrow(
      /ends at 9\.0 s, after the load \(8\.0 s\)/,
    );
  });

  it('when a fault is too short to be seen at its start and before its end', () => {
    expect(() => checkSchedule([fault.from(0).to(400)], 8_000)).toThrow(/lasts 400 ms; it must last at least 1\.0 s/);
  });

  it('when two faults overlap on one service', () => {
    const other = lasting(outage(service(), { name: 'other(redis)', subject: fault.subject }));
    expect(() => checkSchedule([fault.from('1s').to('3s'), other.from('2s').to('5s')], 8_000)).toThrow(
      /other\(redis\) overlaps outage\(redis\), and both hold the wire of redis/,
    );
  });

  it('but not when they overlap on two services, or follow each other', () => {
    const other = lasting(outage(service('postgres')));
    const later = lasting(outage(service(), { name: 'later(redis)', subject: fault.subject }));
    checkSchedule([fault.from('1s').to('3s'), other.from('2s').to('5s'), later.from('4s').to('6s')], 8_000);
  });

  it('but not when they hold different things of one service', () => {
    const locks = lasting(outage(service(), { name: 'locks(redis)', subject: fault.subject, holds: ['locks'] }));
    checkSchedule([fault.from('1s').to('3s'), locks.from('2s').to('5s')], 8_000);
  });
});

describe('a fault that begins after another', () => {
  const first = momentary(outage(service()));
  const second = lasting(outage(service('postgres')));

  it('is planned for the earliest time that it can have', () => {
    const fresh = first.at('3s');
    const blow = second.after(fresh, '200ms').for('2s');
    expect(blow).toMatchObject({ from: 3_200, to: 5_200 });
    checkSchedule([fresh, blow], 5_200);
    expect(() => checkSchedule([fresh, blow], 5_000)).toThrow(
      /^outage\(postgres\) ends at 5\.2 s at the earliest, after the load \(5\.0 s\)/,
    );
  });

  it('is refused when the other is no fault of the run, or none with its time', () => {
    const blow = second.after(first.at('3s')).for('2s');
    expect(() => checkSchedule([blow, first.at('3s')], undefined)).toThrow(
      /^outage\(postgres\) begins after outage\(redis\), which is not among the faults: give the same one to both/,
    );
    expect(() => second.after(first as never)).toThrow(
      /needs a fault with its time, such as restart\(app\)\.at\('3s'\)/,
    );
    expect(() => second.after(first.at('3s')).for(0)).toThrow(/\.for\(0\) must be longer than 0/);
  });

  it('may hold the same of the same subject, for they do not meet', () => {
    const fresh = first.at('3s');
    const blow = lasting(outage(service(), { subject: first.subject }))
      .after(fresh)
      .for('2s');
    const third = lasting(outage(service(), { subject: first.subject }))
      .after(blow)
      .for('2s');
    checkSchedule([blow, third, fresh], undefined);
  });

  it('begins when the other is healed, however long that takes, and lasts its whole time', async () => {
    const slow = service();
    const slowly = outage(slow, {
      inject: async () => ({ [Symbol.asyncDispose]: () => new Promise((resolve) => setTimeout(resolve, 80)) }),
    });
    const fresh = momentary(slowly).at(10);
    const blow = second.after(fresh, 20).for(50);
    const [later, earlier] = await runSchedule([blow, fresh], now(), new AbortController().signal, quiet);
    expect(earlier?.healedAt).toBeGreaterThanOrEqual(89);
    expect((later?.askedAt ?? 0) - (earlier?.healedAt ?? 0)).toBeGreaterThanOrEqual(20);
    expect((later?.healAskedAt ?? 0) - (later?.askedAt ?? 0)).toBeGreaterThanOrEqual(50);
    expect(later?.bite).toMatchObject({ seenAtStart: true, seenBeforeEnd: true });
  });

  it('does not begin when the other could not be injected', async () => {
    const broken = momentary(outage(service(), { inject: () => Promise.reject(new Error('no')) })).at(10);
    const subject = service('postgres');
    const blow = lasting(outage(subject)).after(broken).for(60_000);
    await expect(runSchedule([broken, blow], now(), new AbortController().signal, quiet)).rejects.toThrow(
      'outage(redis) could not be injected: no',
    );
    expect(subject.state.log).toEqual([]);
  });
});

it('the second of two faults of one name, in time, is recorded with its number', () => {
  const fault = lasting(outage(service()));
  const other = lasting(outage(service('postgres')));
  const faults = [fault.from('4s').to('6s'), other.from('2s').to('3s'), fault.from('1s').to('3s')];
  expect(nameFaults(faults)).toEqual(['outage(redis) #2', 'outage(postgres)', 'outage(redis)']);
});

it('a fault may be given its length instead of its end', () => {
  const fault = lasting(outage(service()));
  expect(fault.from('5s').for('3s')).toEqual(fault.from('5s').to('8s'));
});

describe('a fault on schedule', () => {
  it('is injected and healed at its time, and seen at both ends', async () => {
    const subject = service();
    const [record] = await runSchedule(
      [lasting(outage(subject)).from(20).to(80)],
      now(),
      new AbortController().signal,
      quiet,
    );
    expect(record).toMatchObject({ name: 'outage(redis)', service: 'redis', serviceKind: 'redis' });
    expect(record?.bite).toMatchObject({ connectionsBefore: 3, seenAtStart: true, seenBeforeEnd: true });
    expect(record?.askedAt).toBeGreaterThanOrEqual(20);
    expect(record?.healAskedAt).toBeGreaterThanOrEqual(80);
    expect(record?.instants.down).toBeGreaterThanOrEqual(20);
    expect(subject.state.down).toBe(false);
  });

  it('of a moment is healed as soon as it was seen', async () => {
    const subject = service();
    const [record] = await runSchedule([momentary(outage(subject)).at(10)], now(), new AbortController().signal, quiet);
    expect(record?.bite).toMatchObject({ seenAtStart: true, seenBeforeEnd: true });
    expect(subject.state.log).toEqual(['healed']);
  });

  it('that nobody can see is recorded as not seen', async () => {
    const toothless = outage(service(), { inject: async () => ({ [Symbol.asyncDispose]: async () => undefined }) });
    const [record] = await runSchedule([lasting(toothless).from(0).to(60)], now(), new AbortController().signal, quiet);
    expect(record?.bite).toMatchObject({ seenAtStart: false, seenBeforeEnd: false });
    expect(record?.bite.detail).toContain('a probe was answered');
  });

  it('that was over before its end is recorded as not seen there', async () => {
    const subject = service();
    const brief = outage(subject, {
      inject: async () => {
        subject.state.down = true;
        setTimeout(() => {
          subject.state.down = false;
        }, 30);
        return { [Symbol.asyncDispose]: async () => undefined };
      },
    });
    const [record] = await runSchedule([lasting(brief).from(0).to(200)], now(), new AbortController().signal, quiet);
    expect(record?.bite).toMatchObject({ seenAtStart: true, seenBeforeEnd: false });
  });

  it.each([
    ['is away', () => Promise.reject(new Error('connect ECONNREFUSED'))],
    ['does not answer', () => new Promise<never>(() => undefined)],
  ])(
    'begins although its server, which another fault holds, %s when it is asked for connections',
    async (_, connections) => {
      const subject = service();
      const away = { ...outage(subject), subject: { name: 'redis', kind: 'redis', connections } };
      const [record] = await runSchedule([momentary(away).at(0)], now(), new AbortController().signal, quiet);
      expect(record?.bite).toMatchObject({ connectionsBefore: 0, seenAtStart: true });
      expect(subject.state.log).toEqual(['healed']);
    },
  );

  it('that nobody comes to an end of looking at is healed all the same, and recorded as not seen', async () => {
    const subject = service();
    const unseeable = outage(subject, { look: () => new Promise(() => undefined) });
    const [record] = await runSchedule([momentary(unseeable).at(0)], now(), new AbortController().signal, quiet);
    expect(record?.bite).toMatchObject({ seenAtStart: false, seenBeforeEnd: false });
    expect(record?.bite.detail).toContain('at its start a look did not end within 2.0 s');
    expect(subject.state.log).toEqual(['healed']);
  });

  it('is healed when the run is cancelled while it is looked at', async () => {
    const subject = service();
    const cancel = new AbortController();
    const look = () => {
      cancel.abort(new Error('cancelled'));
      return new Promise<never>(() => undefined);
    };
    const running = runSchedule([momentary(outage(subject, { look })).at(0)], now(), cancel.signal, quiet);
    await expect(running).rejects.toThrow();
    expect(subject.state.log).toEqual(['healed']);
  });

  it('is healed when the run is cancelled in its middle', async () => {
    const subject = service();
    const cancel = new AbortController();
    const running = runSchedule([lasting(outage(subject)).from(0).to(60_000)], now(), cancel.signal, (phase) => {
      if (phase === 'outage(redis)') cancel.abort(new Error('cancelled'));
    });
    await expect(running).rejects.toThrow();
    expect(subject.state).toMatchObject({ down: false, log: ['healed'] });
  });

  it('is healed when another fault cannot be injected, whose own half-done work is taken back', async () => {
    const subject = service();
    const other = service('postgres');
    const broken = outage(other, {
      ...changeWire(
        other.fake,
        () => Promise.reject(new Error('no such toxic')),
        async () => undefined,
      ),
    });
    const running = runSchedule(
      [lasting(outage(subject)).from(0).to(60_000), lasting(broken).from(30).to(60_000)],
      now(),
      new AbortController().signal,
      quiet,
    );
    await expect(running).rejects.toThrow('outage(postgres) could not be injected: no such toxic');
    expect(subject.state.log).toEqual(['healed']);
    expect(other.state.log).toEqual(['reset']);
  });
});
