import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { crash } from '../../../src/fault/process/crash.ts';
import { pause } from '../../../src/fault/process/pause.ts';
import { restart } from '../../../src/fault/process/restart.ts';
import { DutyCycle, slow } from '../../../src/fault/process/slow.ts';
import { checkSchedule } from '../../../src/fault/schedule.ts';
import { AppExits } from '../../../src/observe/app-exits.ts';
import type { App, AppEnd, AppState } from '../../../src/stack/app/app.ts';
import type { Sighting } from '../../../src/stack/service.ts';

const never = new AbortController().signal;
const noNote = (): void => undefined;

/** A server that stands still when it is told to, unless it is deaf to that; what it was told is kept. */
function server({ deaf = false, failing = '' } = {}) {
  const told: string[] = [];
  let paused = false;
  const fake = {
    name: 'redis',
    kind: 'redis',
    url: '',
    directUrl: '',
    connections: async () => 1,
    sight: async (): Promise<Sighting> => {
      while (paused && !deaf) await sleep(1);
      return { kind: 'answered', ready: true, after: 1 };
    },
    proxy: {
      host: '127.0.0.1',
      port: 1,
      disable: async () => undefined,
      enable: async () => undefined,
      addToxic: async () => undefined,
      removeToxic: async () => undefined,
      reset: async () => undefined,
    },
    pause: async () => {
      told.push('pause');
      if (failing) throw new Error(failing);
      paused = true;
    },
    resume: async () => {
      told.push('resume');
      paused = false;
    },
  };
  // What a service has besides is not asked for here.
  return { service: fake as unknown as Parameters<typeof crash>[0] & typeof fake, told };
}

/** An app without processes. */
function app(state: AppState = 'runs', starts = true) {
  const told: string[] = [];
  const exits = new Set<(end: AppEnd) => void>();
  const ready = new Set<(at: number) => void>();
  const fake = {
    ...{ name: 'app', url: 'http://127.0.0.1:1', port: 1, pid: 1, state, output: () => '' },
    fetch: () => Promise.reject(new Error('there is no app')),
    onExit: (listener: (end: AppEnd) => void) => {
      exits.add(listener);
      return () => void exits.delete(listener);
    },
    onReady: (listener: (at: number) => void) => {
      ready.add(listener);
      return () => void ready.delete(listener);
    },
    stop: async () => void told.push('stop'),
    kill: async () => void told.push('kill'),
    start: async () => {
      told.push('start');
      return starts;
    },
    pause: async () => void told.push('pause'),
    resume: async () => void told.push('resume'),
  } satisfies App;
  return { app: fake, told, exits, ready };
}

describe('slow', () => {
  test('is seen when no probe is answered while the server stands still, and it goes on afterwards', async () => {
    const { service, told } = server();
    const fault = slow(service, { to: '50%' });
    expect(fault.name).toBe('slow(redis, 50 %)');
    expect(await fault.look()).toEqual({ seen: false, detail: 'it ran all the time' });
    const injection = await fault.inject(never, noNote);
    expect(await fault.look()).toEqual({ seen: true, detail: 'a probe went unanswered in 3 of 3 halts' });
    await injection[Symbol.asyncDispose]();
    expect(told.at(-1)).toBe('resume');
    expect((await fault.look()).seen).toBe(false);
  });

  test('is not seen on a server that answers all the same', async () => {
    const fault = slow(server({ deaf: true }).service, { to: 0.5 });
    const injection = await fault.inject(never, noNote);
    expect(await fault.look()).toEqual({ seen: false, detail: 'a probe went unanswered in 0 of 3 halts' });
    await injection[Symbol.asyncDispose]();
  });

  test('is looked at for no longer than its halts last, however long an answer takes', async () => {
    const { service } = server();
    const sight = async (_: string, timeout = 0): Promise<Sighting> => {
      await sleep(timeout);
      return { kind: 'silent', after: timeout };
    };
    const fault = slow({ ...service, sight }, { to: '50%' });
    const injection = await fault.inject(never, noNote);
    const look = await Promise.race([fault.look(), sleep(2_000)]);
    expect(look).toEqual({ seen: true, detail: 'a probe went unanswered in 3 of 3 halts' });
    await injection[Symbol.asyncDispose]();
  });

  test.each([['0.5%'], ['80%'], [0], [1], ['fast'], [undefined]])('to %s is refused', (to) => {
    expect(() => slow(server().service, { to: to as '10%' })).toThrow(
      expect.objectContaining({ name: 'RangeError', message: expect.stringContaining('from 1 % to 75 %') as string }),
    );
  });

  test('to nothing in particular is refused', () => {
    expect(() => slow(server().service, undefined as never)).toThrow(/from 1 % to 75 %.*got undefined/);
  });

  test('holds a server still three times as long as it ran, to leave it a quarter', async () => {
    const turns: number[] = [];
    const turn = async (): Promise<void> => void turns.push(performance.now());
    const cycle = await DutyCycle.begin({ pause: turn, resume: turn }, 0.25);
    for (let halt = 0; halt < 4; halt++) await cycle.nextHalt();
    await cycle[Symbol.asyncDispose]();
    // Pause, resume, pause, and so on: of each round how long it ran, and how long it stood still then.
    const spans = turns.slice(1).map((at, index) => at - (turns[index] as number));
    for (const round of [1, 3, 5]) {
      const [ran, stood] = [spans[round] as number, spans[round + 1] as number];
      expect(ran).toBeGreaterThan(20);
      expect(stood).toBeGreaterThan(Math.min(3 * ran, 200) * 0.8);
    }
  });

  test('lets go of what stands still when pausing fails half-way, and says so', async () => {
    const { service, told } = server({ failing: 'no such process' });
    for (const fault of [slow(service, { to: '10%' }), pause(service)]) {
      await expect(fault.inject(never, noNote)).rejects.toThrow('no such process');
    }
    expect(told).toEqual(['pause', 'resume', 'pause', 'resume']);
  });

  test('ends, and nobody waits for ever, when the server is gone in the middle', async () => {
    let pauses = 0;
    const gone = async (): Promise<void> => {
      if (++pauses > 1) throw new Error('it does not run');
    };
    const cycle = await DutyCycle.begin({ pause: gone, resume: async () => undefined }, 0.5);
    await cycle.nextHalt();
    expect(await cycle.nextHalt()).toBeUndefined();
    await expect(cycle[Symbol.asyncDispose]()).rejects.toThrow('it does not run');
  });
});

describe('a fault of the app', () => {
  test('crash kills it and starts it again, restart stops it', async () => {
    for (const [fault, word] of [
      [crash, 'kill'],
      [restart, 'stop'],
    ] as const) {
      const { app: own, told } = app();
      const instants: string[] = [];
      const injection = await fault(own).inject(never, (instant) => instants.push(instant));
      expect(told).toEqual([word]);
      await injection[Symbol.asyncDispose]();
      expect(told).toEqual([word, 'start']);
      expect(instants).toEqual([word === 'kill' ? 'killed' : 'stopped', 'start asked', 'ready']);
    }
  });

  test('is healed although the app does not get ready: that is told as an exit', async () => {
    const instants: string[] = [];
    const injection = await crash(app('runs', false).app).inject(never, (instant) => instants.push(instant));
    await injection[Symbol.asyncDispose]();
    expect(instants).toEqual(['killed', 'start asked']);
  });

  test('leaves an app as it is that had ended by itself', async () => {
    for (const state of ['gone', 'away'] as const) {
      const { app: own, told } = app(state);
      expect(await crash(own).subject.connections()).toBe(0);
      const injection = await crash(own).inject(never, noNote);
      await injection[Symbol.asyncDispose]();
      expect(told).toEqual([]);
    }
  });

  test('is seen in the process table', async () => {
    expect(await crash(app('gone').app).look()).toEqual({ seen: true, detail: "the app's processes were gone" });
    expect(await crash(app('away').app).look()).toMatchObject({ seen: false });
    expect(await pause(app('paused').app).look()).toMatchObject({ seen: true });
    expect(await pause(app().app).look()).toEqual({ seen: false, detail: "the app's processes were running" });
  });

  test('may not overlap another one of the same app', () => {
    const { app: own } = app();
    expect(() => checkSchedule([crash(own).from('1s').to('3s'), pause(own).from('2s').to('4s')], 9_000)).toThrow(
      'pause(app) overlaps crash(app), and both hold the process of app',
    );
    const other = app().app;
    expect(() =>
      checkSchedule([crash(own).from('1s').to('3s'), pause(other).from('2s').to('4s')], 9_000),
    ).not.toThrow();
  });

  test('may take longer to start, but not when the run is over', async () => {
    const over = new AbortController();
    const { app: own, told } = app();
    const slowly = restart(own, { startUp: '60s' });
    expect(slowly.name).toBe('restart(app, start-up + 60.0 s)');
    const injection = await slowly.inject(over.signal, noNote);
    const healed = injection[Symbol.asyncDispose]();
    await sleep(5);
    expect(told).toEqual(['stop']);
    over.abort();
    await healed;
    expect(told).toEqual(['stop', 'start']);
  });

  test('needs an app or a service', () => {
    for (const fault of [crash, restart, pause, (none: never) => slow(none, { to: '10%' })]) {
      expect(() => fault(undefined as never)).toThrow(/needs a service of this test/);
    }
    expect(() => crash(app().app, { startUp: 'long' as '1s' })).toThrow('crash() startUp must be milliseconds');
  });
});

test('the exits of an app are noted with the instant at which it was back', () => {
  const { app: own, exits, ready } = app();
  const seen = new AppExits(own);
  const end = { code: 1, signal: null, output: 'bye' };
  const tell = (at: number, asked: boolean): void => {
    for (const listener of exits) listener({ ...end, at, asked });
  };
  tell(1_500, true);
  for (const listener of ready) listener(1_900);
  tell(2_500, false);
  expect(seen.since(1_000)).toEqual([
    { ...end, at: 500, asked: true, readyAt: 900 },
    { ...end, at: 1_500 },
  ]);
  seen.stop();
  expect([exits.size, ready.size]).toEqual([0, 0]);
});
