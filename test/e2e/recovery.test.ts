import { fork } from 'node:child_process';
import { once } from 'node:events';
import { type App, arrivals, type Load, lasting } from 'breaking-point';
import { describe, expect, type TestContext, test } from 'vitest';
import { measureRecovery } from '../../src/analysis/recovery/recovery.ts';
import { measureDelivery } from '../../src/analysis/window/delivery.ts';
import { experiment } from '../../src/experiment.ts';
import { now } from '../../src/recording/clock.ts';
import { fixture } from './fixtures/drive.ts';
import type { Failing, Order, Told } from './fixtures/recovering-server.ts';

/** A server in a process of its own, which says itself when it failed and when it recovered. */
async function recovering({ onTestFinished }: TestContext) {
  const child = fork(fixture('recovering-server.ts'), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const gone = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await gone;
  });
  const told = new Map<string, PromiseWithResolvers<number>>();
  const what = (name: string) => {
    const known = told.get(name) ?? Promise.withResolvers<number>();
    told.set(name, known);
    return known;
  };
  child.on('message', (message: Told) => {
    for (const [name, value] of Object.entries(message)) what(name).resolve(value);
  });
  const order = (wanted: Order) => void child.send(wanted);
  return { pid: child.pid ?? 0, tells: (name: string) => what(name).promise, order };
}

/** 300/s, so that a bin is 340 ms, while such a server fails for a second, and half a second longer by its own clock; and then once in so many requests. */
async function suffered(fail: Failing, context: TestContext, failOnceIn?: number) {
  const server = await recovering(context);
  const port = await server.tells('listens');
  const url = `http://127.0.0.1:${port}`;
  const app = {
    ...{ name: 'app', url, port, pid: server.pid, state: 'runs' },
    onExit: () => () => undefined,
    onReady: () => () => undefined,
  } as unknown as App;
  const fault = lasting({
    name: `${fail}(dependency)`,
    kind: fail,
    subject: { name: 'dependency', kind: 'tcp', connections: async () => 1 },
    holds: ['wire'],
    patience: 10,
    look: async () => ({ seen: true, detail: 'it was told to fail' }),
    inject: async () => {
      server.order({ fail });
      await server.tells('failed');
      return {
        [Symbol.asyncDispose]: async () => server.order({ heal: 500, drain: 400, ...(failOnceIn && { failOnceIn }) }),
      };
    },
  });
  let zero = Number.NaN;
  const request = () => ({ path: '/' });
  const load = arrivals({ rate: 300, duration: '6500ms', warmUp: '300ms', timeout: '4s', request });
  const run: Load['run'] = (target, signal) => {
    const onZero = (at: number) => {
      zero = at;
      target.onZero(at);
    };
    return load.run({ ...target, onZero }, signal);
  };
  let longest = 0;
  const backlog = async ({ signal }: { readonly signal: AbortSignal }) => {
    const asked = now();
    const answer = await fetch(`${url}/backlog`, { signal });
    const count = Number(await answer.text());
    longest = Math.max(longest, now() - asked);
    return count;
  };
  const recording = await experiment(
    {
      load: { ...load, run },
      faults: [fault.from('2200ms').for('1s')],
      // Of a server that refuses, nobody hears.
      ...(fail !== 'refusing' && { probe: { backlog } }),
    },
    { app, seed: 1, signal: new AbortController().signal, onPhase: () => undefined, onProgress: () => undefined },
  );
  const healedAt = Math.max(...recording.faults.map((one) => one.healedAt));
  const startedAt = Math.min(...recording.faults.map((one) => one.inEffectAt));
  // What is slow because others fill the machine is below this, and what the server makes slow above.
  const seen = measureRecovery(recording, { objective: 1_500 });
  return {
    seen,
    signal: (kind: string) => seen.signals.find((one) => one.kind === kind)?.afterWorst ?? Number.NaN,
    /** Milliseconds from the healing to what the server tells of itself. */
    truth: async (name: string) => (await server.tells(name)) - zero - healedAt,
    /** ... and from the taking effect to when it failed. */
    failed: async () => (await server.tells('failed')) - zero - startedAt,
    /** Milliseconds by which a reading may be off: a bin, and on a busy machine what was sent so late, or told so late of the backlog. */
    within: seen.bin + measureDelivery(recording).lag.max,
    probedWithin: seen.bin + longest,
  };
}

describe.concurrent('recovery is found within a bin of the instant at which the server really recovered', () => {
  test('from errors, and from the backlog that they left', async (context) => {
    const { seen, signal, truth, failed, within, probedWithin } = await suffered('errors', context);
    expect(seen.bin, seen.because).toBe(340);
    expect(Math.abs(signal('errors') - (await truth('recovered')))).toBeLessThanOrEqual(within);
    expect(Math.abs(signal('backlog') - (await truth('drained')))).toBeLessThanOrEqual(probedWithin);
    expect(seen.after).toBeGreaterThanOrEqual(signal('backlog'));
    expect(Math.abs(seen.timeToDegrade - (await failed()))).toBeLessThanOrEqual(within);
    expect(seen.after).toBeLessThan(Number.POSITIVE_INFINITY);
    expect(seen.shifts).toEqual([]);
  });

  test('but not where one request in sixty fails for good, which no bin of a hundred shows', async (context) => {
    const { seen, signal } = await suffered('errors', context, 60);
    // A stall of the generator's may explain some of them, so only the worst case is certain.
    expect(seen.shifts.map(({ kind }) => kind)).toContain('errors');
    expect(seen).toMatchObject({ status: 'not-recovered', after: Number.POSITIVE_INFINITY });
    expect(signal('errors')).toBe(Number.POSITIVE_INFINITY);
    expect(seen.because).toMatch(/^not recovered: .*errors 1\.\d % after it against 0\.0 % before/);
  });

  test.for([
    ['latency', 'p99'],
    ['refusing', 'errors'],
  ] as const)('from %s', async ([how, kind], context) => {
    const { seen, signal, truth, within } = await suffered(how, context);
    expect(seen.bin, seen.because).toBe(340);
    expect(Math.abs(signal(kind) - (await truth('recovered')))).toBeLessThanOrEqual(within);
    expect(seen.after).toBeGreaterThanOrEqual(signal(kind));
  });
});
