import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { arrivals } from '../../dist/load/arrivals.js';
import { autocannon } from '../../dist/load/autocannon.js';
import { mixed } from '../../dist/load/mixed.js';
import { race } from '../../dist/load/race.js';
import { countErrors } from '../../src/analysis/window/errors.ts';
import type { Load, LoadResult, Request } from '../../src/load/load.ts';
import {
  type GivenColumns,
  type Operation,
  operationsOf,
  takesAnyAnswer,
  takesItsAnswer,
} from '../../src/recording/columns.ts';
import { Recording } from '../../src/recording/recording.ts';
import { errorRateBelow, latencyBelow, sustainRps } from '../unit/asked.ts';
import { generatorsOf, isRunning } from './fixtures/generators.ts';
import { type Act, ScriptedServer } from './fixtures/scripted-server.ts';

const warmUp = '200ms';
const post = ({ n }: { n: number }) => ({ method: 'POST', path: `/keys/${n}`, body: { n }, key: String(n) });
const named = ({ n }: { n: number }) => ({ ...post({ n }), name: 'order' });
const get = ({ n }: { n: number }) => ({ path: `/keys/${n}`, key: String(n) });

async function run(
  load: Load,
  url: string,
  signal = new AbortController().signal,
): Promise<LoadResult & { zero: number }> {
  let zero = Number.NaN;
  const onZero = (instant: number) => {
    zero = instant;
  };
  return { ...(await load.run({ url, seed: 1, onZero, onProgress: () => {} }, signal)), zero };
}

/** The operations from zero on. */
function counted(columns: GivenColumns): Operation[] {
  return [...operationsOf(columns)].filter(({ dueAt }) => dueAt >= 0);
}

/** What the load left behind, as a run of nothing else. */
function recorded(result: LoadResult): Recording {
  const rest = { faults: [], finalState: undefined, exits: [], series: [], seed: 1 };
  return new Recording({ ...result, ...rest, startedAt: '2026-01-01T00:00:00.000Z' });
}

function tally(operations: readonly Operation[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { outcome, category } of operations) {
    const kind = `${outcome} ${category}`;
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

/** Each request was recorded once under its own key, the app saw none twice, and ok are exactly those that it answered. */
function expectTruth({ columns }: LoadResult, server: ScriptedServer): void {
  const operations = [...operationsOf(columns)];
  const keys = operations.map(({ key }) => key);
  expect(new Set(keys).size).toBe(operations.length);
  expect([...server.seen].filter(([, times]) => times !== 1)).toEqual([]);
  expect([...server.seen.keys()].filter((key) => !keys.includes(key))).toEqual([]);
  for (const { key, startedAt, endedAt, outcome } of operations) {
    if (outcome === 'ok') expect(server.answeredAt.has(key as string)).toBe(true);
    if (!Number.isNaN(endedAt)) expect(endedAt).toBeGreaterThanOrEqual(startedAt);
  }
}

/** Every tenth request of a kind: what becomes of each is known from its number. */
const mixture: readonly Act[] = [
  200,
  200,
  503,
  200,
  'reset',
  404,
  'cut in the body',
  201,
  'end in the body',
  'end without an answer',
];
const acts = (key: string): Act => mixture[Math.abs(Number(key)) % mixture.length] as Act;
const fate: Partial<Record<Act, string>> = {
  503: 'unknown 503',
  404: 'failed 404',
  200: 'ok ok',
  201: 'ok ok',
  'end without an answer': 'unknown empty',
};

test('arrivals at 200/s for half a second are 100, 5 ms apart, none answered before the app took its 20 ms', async () => {
  await using server = await ScriptedServer.start(() => sleep(20, 200));
  const result = await run(arrivals({ rate: 200, duration: '500ms', warmUp, request: post }), server.url);
  const operations = counted(result.columns);
  expect(operations.map(({ dueAt }) => Math.round(dueAt))).toEqual(Array.from({ length: 100 }, (_, n) => n * 5));
  expect(operations.map(({ key }) => key)).toEqual(Array.from({ length: 100 }, (_, n) => String(n)));
  expect(tally(operations)).toEqual({ 'ok ok': 100 });
  for (const { startedAt, dueAt, endedAt } of operations) {
    expect(startedAt).toBeGreaterThanOrEqual(dueAt - 0.01);
    // Timers count whole milliseconds.
    expect(endedAt - startedAt).toBeGreaterThan(19);
  }
  expect(result.columns.length).toBe(140);
  expect(result.generator).toMatchObject({ load: 'arrivals 200/s for 500 ms', loop: 'open', offeredRate: 200 });
  expect(result.duration).toBe(500);
  expectTruth(result, server);
});

test('stages send each arrival when the area under their rates says so', async () => {
  await using server = await ScriptedServer.start(() => 200);
  const load = arrivals({
    stages: [
      { to: 400, over: '500ms' },
      { hold: '250ms' },
      { to: 0, over: 0 },
      { hold: '150ms' },
      { to: 100, over: 0 },
      { hold: '100ms' },
    ],
    warmUp,
    request: post,
  });
  const result = await run(load, server.url);
  const operations = counted(result.columns);
  // 100 under the ramp, 100 while it is held, then 10 at 10 ms from 0.9 s on.
  expect(tally(operations)).toEqual({ 'ok ok': 210 });
  expect(operations.map(({ dueAt }) => Math.round(dueAt))).toEqual([
    ...Array.from({ length: 100 }, (_, n) => Math.round(Math.sqrt(n / 100) * 500)),
    ...Array.from({ length: 100 }, (_, n) => Math.round(500 + n * 2.5)),
    ...Array.from({ length: 10 }, (_, n) => 900 + n * 10),
  ]);
  for (const { startedAt, dueAt } of operations) expect(startedAt).toBeGreaterThanOrEqual(dueAt - 0.01);
  expect(result.generator.offeredRate).toBeUndefined();
  expect(result.duration).toBe(1_000);
  expectTruth(result, server);
});

test('Poisson arrivals are those that the seed draws, each sent when due', async () => {
  await using server = await ScriptedServer.start(() => 200);
  const load = arrivals({ rate: 400, duration: '500ms', warmUp, spacing: 'poisson', request: post });
  const [first, again] = [await run(load, server.url), await run(load, server.url)];
  const dues = ({ columns }: LoadResult) => [...columns.dueAt];
  expect(dues(again)).toEqual(dues(first));
  const operations = counted(first.columns);
  // Three standard deviations of a count of 200.
  expect(Math.abs(operations.length - 200)).toBeLessThan(43);
  const gaps = operations.slice(1).map(({ dueAt }, index) => dueAt - (operations[index]?.dueAt ?? Number.NaN));
  expect(Math.min(...gaps)).toBeLessThan(1);
  expect(Math.max(...gaps)).toBeGreaterThan(5);
  for (const { startedAt, dueAt } of operations) expect(startedAt).toBeGreaterThanOrEqual(dueAt - 0.01);
  expect(first.generator.offeredRate).toBe(400);
});

test('a mixture sends each kind by its weight, and the recording names it', async () => {
  await using server = await ScriptedServer.start(() => 200);
  const request = mixed({
    weights: { order: 3, trip: 1 },
    requests: { order: post, trip: ({ n }) => ({ path: `/trips/${n}`, key: String(n) }) },
  });
  const result = await run(arrivals({ rate: 400, duration: '500ms', warmUp, request }), server.url);
  const operations = counted(result.columns);
  const orders = operations.filter(({ name }) => name === 'order');
  expect(operations.length - orders.length).toBe(operations.filter(({ name }) => name === 'trip').length);
  // The seed is given: this many of 200 are drawn, by chance not 150.
  expect(Math.abs(orders.length - 150)).toBeLessThan(19);
  for (const { key, name } of operations) {
    expect(server.paths.has(name === 'order' ? `/keys/${key}` : `/trips/${key}`)).toBe(true);
  }
  expectTruth(result, server);
});

test('a freeze of 500 ms is felt by every arrival that was due in it', async () => {
  const thaw = Promise.withResolvers<void>();
  let frozen = false;
  let held = 0;
  await using server = await ScriptedServer.start(async () => {
    if (frozen) {
      held++;
      await thaw.promise;
    }
    return 200;
  });
  let zero = Number.NaN;
  const onZero = (instant: number) => {
    zero = instant;
    setTimeout(() => {
      frozen = true;
      setTimeout(() => {
        frozen = false;
        thaw.resolve();
      }, 500);
    }, 700);
  };
  const load = arrivals({ rate: 200, duration: '2s', warmUp: 0, request: post });
  const { columns } = await load.run(
    { url: server.url, seed: 1, onZero, onProgress: () => {} },
    new AbortController().signal,
  );
  const latencies = counted(columns).map(({ dueAt, endedAt }) => endedAt - dueAt);
  const truth = counted(columns).map(
    ({ key, dueAt }) => (server.answeredAt.get(key as string) as number) - zero - dueAt,
  );
  const p99 = (values: readonly number[]) =>
    values.toSorted((a, b) => a - b)[Math.ceil(values.length * 0.99) - 1] as number;
  expect(latencies).toHaveLength(400);
  // They were sent when they were due, although none was answered.
  expect(held).toBeGreaterThan(50);
  expect(latencies.filter((latency) => latency > 250).length).toBeGreaterThanOrEqual(45);
  // 100 of 400 were held up, the fourth longest for 485 ms; the app itself says when it answered.
  expect(p99(truth)).toBeGreaterThan(450);
  expect(p99(latencies)).toBeGreaterThanOrEqual(p99(truth) - 0.01);
  expect(p99(latencies)).toBeLessThan(p99(truth) + 200);
});

test('three errors in a hundred are three errors in a hundred', async () => {
  const bad = new Set([3, 50, 97]);
  await using server = await ScriptedServer.start((key) => (bad.has(Number(key) % 100) ? 503 : 200));
  const result = await run(arrivals({ rate: 1_000, duration: '500ms', warmUp, request: post }), server.url);
  expect(tally(counted(result.columns))).toEqual({ 'ok ok': 485, 'unknown 503': 15 });
  expectTruth(result, server);
});

test.each([
  ['writes', post],
  ['reads, which are never sent again either', get],
])('each of many failures is counted once under its own key and category: %s', async (_, request) => {
  await using server = await ScriptedServer.start(acts);
  const result = await run(arrivals({ rate: 600, duration: '500ms', warmUp: '100ms', request }), server.url);
  const operations = [...operationsOf(result.columns)];
  expect(operations).toHaveLength(360);
  const read = request === get;
  for (const { key, outcome, category } of operations) {
    const act = acts(key as string);
    const expected = read && act === 503 ? 'failed 503' : (fate[act] ?? 'unknown reset');
    expect({ key, seen: `${outcome} ${category}` }).toEqual({ key, seen: expected });
  }
  expectTruth(result, server);
});

test('whatever the app does, every arrival is there exactly once', async () => {
  const act = fc.constantFrom<Act>(
    200,
    500,
    'reset',
    'cut in the body',
    'end in the body',
    'end without an answer',
    'hang',
    'close after',
    'close silently after',
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(act, { minLength: 1, maxLength: 7 }),
      fc.integer({ min: 20, max: 700 }),
      async (script, rate) => {
        await using server = await ScriptedServer.start((key) => script[Math.abs(Number(key)) % script.length] as Act);
        const load = arrivals({ rate, duration: '300ms', warmUp: '50ms', timeout: '100ms', request: get });
        const result = await run(load, server.url);
        const expected = Math.ceil(rate * 0.3 - 1e-6) + Math.floor(rate * 0.05 + 1e-6);
        expect(result.columns.key.map(Number)).toEqual(
          Array.from({ length: expected }, (_, index) => index - Math.floor(rate * 0.05 + 1e-6)),
        );
        expectTruth(result, server);
      },
    ),
    { numRuns: 4 },
  );
});

test('a hung app times out all that was sent, and the run ends', async () => {
  await using server = await ScriptedServer.start(() => 'hang');
  const load = arrivals({
    rate: 1_000,
    duration: '500ms',
    warmUp: 0,
    timeout: '100ms',
    maxInFlight: 100,
    request: post,
  });
  const { columns, generator } = await run(load, server.url);
  const operations = counted(columns);
  const counts = tally(operations);
  const { 'unknown timeout': timedOut = 0, 'failed saturated': saturated = 0, 'failed unsent': unsent = 0 } = counts;
  expect(timedOut + saturated + unsent).toBe(500);
  expect(saturated).toBeGreaterThan(0);
  // Only where this machine held the generator itself up, and that is on record.
  if (unsent > 0) expect(generator.stalls.length).toBeGreaterThan(0);
  for (const { category, startedAt, endedAt } of operations) {
    if (category === 'saturated' || category === 'unsent')
      expect([startedAt, endedAt]).toEqual([Number.NaN, Number.NaN]);
    else expect(endedAt - startedAt).toBeGreaterThan(99.9);
  }
  expect(server.seen.size).toBeLessThanOrEqual(timedOut);
});

async function closedPort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
}

test('an app that refuses from the start fails every arrival as refused', async () => {
  const { columns } = await run(arrivals({ rate: 200, duration: '500ms', warmUp, request: post }), await closedPort());
  expect(tally(counted(columns))).toEqual({ 'failed refused': 100 });
});

test('an app that closes every connection after its answer answered all', async () => {
  await using server = await ScriptedServer.start(() => 'close after');
  const result = await run(arrivals({ rate: 400, duration: '500ms', warmUp, request: post }), server.url);
  expect(tally(counted(result.columns))).toEqual({ 'ok ok': 200 });
  expectTruth(result, server);
});

test('a redirect is an answer and not followed', async () => {
  await using server = await ScriptedServer.start(() => 302);
  const { columns } = await run(arrivals({ rate: 100, duration: '500ms', warmUp: 0, request: get }), server.url);
  expect(tally(counted(columns))).toEqual({ 'ok ok': 50 });
  expect(server.paths.has('/elsewhere')).toBe(false);
});

test('requests that could not be made in time are sent late, and the generator says that it was its own doing', async () => {
  await using server = await ScriptedServer.start(() => 200);
  const load = arrivals({ rate: 300, duration: '2s', warmUp: 0, request: post });
  const started = Promise.withResolvers<number>();
  const target = { url: server.url, seed: 1, onZero: started.resolve, onProgress: () => {} };
  const running = load.run(target, new AbortController().signal);
  await started.promise;
  await sleep(200);
  // The thread of the test, which makes the requests, does nothing for a second and a half.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_700);
  const result = await running;
  const operations = counted(result.columns);
  expect(tally(operations)).toEqual({ 'ok ok': 600 });
  expect(operations.filter(({ startedAt, dueAt }) => startedAt - dueAt > 100).length).toBeGreaterThan(50);
  expect(Math.max(...result.generator.stalls.map(([from, to]) => to - from))).toBeGreaterThan(300);
  expectTruth(result, server);
});

test('requests that were not made before the end are recorded as never sent, with their keys', async () => {
  await using server = await ScriptedServer.start(() => 200);
  const started = Promise.withResolvers<number>();
  const target = { url: server.url, seed: 1, onZero: started.resolve, onProgress: () => {} };
  const load = arrivals({ rate: 100, duration: '1500ms', warmUp: 0, timeout: '100ms', request: post });
  const running = load.run(target, new AbortController().signal);
  await started.promise;
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2_500);
  const { columns } = await running;
  const unsent = counted(columns).filter(({ category }) => category === 'unsent');
  expect(unsent.length).toBeGreaterThan(20);
  expect(unsent.every(({ outcome, startedAt }) => outcome === 'failed' && Number.isNaN(startedAt))).toBe(true);
  expect(columns.key).toEqual(Array.from({ length: 150 }, (_, n) => String(n)));
});

/** Stops the generator of a running load for a second, from half a second after zero on. */
async function runStopped(load: Load, url: string, pass: () => unknown): Promise<LoadResult> {
  const started = Promise.withResolvers<number>();
  const target = { url, seed: 1, onZero: started.resolve, onProgress: () => {} };
  const running = load.run(target, new AbortController().signal);
  await Promise.race([started.promise, running]);
  await sleep(500);
  const [pid = Number.NaN] = generatorsOf();
  process.kill(pid, 'SIGSTOP');
  await pass();
  process.kill(pid, 'SIGCONT');
  return await running;
}

/**
 * What a run with such a result comes to, where one error in a hundred or a p99 of 200 ms is too much: or of twice what the app took while
 * nothing was stopped, where the machine is slower than that.
 */
function judged(result: LoadResult): string[] {
  const quiet = counted(result.columns).filter(({ dueAt }) => dueAt < 350 || dueAt > 1_750);
  const took = quiet.filter(({ outcome }) => outcome === 'ok').map(({ startedAt, endedAt }) => endedAt - startedAt);
  const bound = Math.max(200, 2 * Math.max(...took));
  const recording = recorded(result);
  return [errorRateBelow(recording, 0.01).status, latencyBelow(recording, 0.99, bound).status];
}

test.each([
  ['the app went on and answered', () => sleep(1_000)],
  // The thread of the test is the app's.
  ['the app could not run either', () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000)],
])('what happens while the generator is stopped is no time-out and never a failure: %s', async (_, pass) => {
  // Work in steps, so that an app that was stopped has some of it left.
  await using server = await ScriptedServer.start(async () => {
    for (let step = 0; step < 10; step++) await sleep(10);
    return 200;
  });
  const load = arrivals({
    rate: 200,
    duration: '2s',
    warmUp: 0,
    timeout: '500ms',
    maxInFlight: 1_000,
    request: post,
  });
  const result = await runStopped(load, server.url, pass);
  expect(tally(counted(result.columns))).toEqual({ 'ok ok': 400 });
  expect(Math.max(...result.generator.stalls.map(([from, to]) => to - from))).toBeGreaterThan(900);
  expect(result.generator.health?.eventLoopDelay.max).toBeGreaterThan(900);
  for (const status of judged(result)) expect(status).not.toBe('fail');
});

test('what a stall of the generator makes too much at once is blamed on the generator', async () => {
  await using server = await ScriptedServer.start(() => sleep(5, 200));
  const load = arrivals({ rate: 100, duration: '2s', warmUp: 0, timeout: '500ms', maxInFlight: 50, request: post });
  const result = await runStopped(load, server.url, () => sleep(1_200));
  const { 'failed unsent': unsent = 0, 'failed saturated': saturated = 0 } = tally(counted(result.columns));
  expect(unsent).toBeGreaterThan(30);
  expect(saturated).toBe(0);
  for (const status of judged(result)) expect(status).not.toBe('fail');
});

test('of two processes each sends every other arrival, from one zero on, and a stall of one is on record', async () => {
  await using server = await ScriptedServer.start(() => 200);
  const load = arrivals({ rate: 200, duration: '2s', warmUp, processes: 2, timeout: '500ms', request: post });
  const result = await runStopped(load, server.url, () => sleep(400));
  const operations = [...operationsOf(result.columns)];
  expect(operations.map(({ key }) => Number(key))).toEqual(Array.from({ length: 440 }, (_, index) => index - 40));
  expect(operations.map(({ dueAt }) => Math.round(dueAt))).toEqual(operations.map(({ key }) => Number(key) * 5));
  expect(tally(operations)).toEqual({ 'ok ok': 440 });
  for (const { startedAt, dueAt } of operations) expect(startedAt).toBeGreaterThanOrEqual(dueAt - 0.01);
  // One of the two stood still, so only its arrivals are late: every other one.
  const late = operations.filter(({ startedAt, dueAt }) => startedAt - dueAt > 150).map(({ key }) => Number(key));
  expect(late.length).toBeGreaterThan(20);
  expect(new Set(late.map((n) => Math.abs(n) % 2)).size).toBe(1);
  expect(result.generator.health).toMatchObject({ processes: 2 });
  expect(Math.max(...result.generator.stalls.map(([from, to]) => to - from))).toBeGreaterThan(300);
  expectTruth(result, server);
});

test('a generator ends with the process that started it, however that ends, and even if it is stopped', async () => {
  await using server = await ScriptedServer.start(() => 200);
  const script = new URL('./fixtures/loading.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [script, server.url], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  const pids = generatorsOf(child.pid);
  expect(pids).toHaveLength(2);
  onTestFinished(() => {
    for (const pid of pids.filter(isRunning)) process.kill(pid, 'SIGKILL');
  });
  process.kill(pids[0] as number, 'SIGSTOP');
  child.kill('SIGKILL');
  await once(child, 'exit');
  await expect.poll(() => pids.filter(isRunning), { timeout: 5_000 }).toEqual([]);
});

test('a rate far above what can be done ends soon after its plan, with every arrival counted', async () => {
  await using server = await ScriptedServer.start(() => 'hang');
  const load = arrivals({ rate: 40_000, duration: '200ms', warmUp: 0, timeout: '200ms', request: named });
  const { columns, generator } = await run(load, server.url);
  expect(columns.length).toBe(8_000);
  const { 'unknown timeout': sent = 0, 'failed timeout': waited = 0, ...own } = tally(counted(columns));
  expect(sent).toBeGreaterThan(0);
  expect(sent + waited + (own['failed unsent'] ?? 0) + (own['failed saturated'] ?? 0)).toBe(8_000);
  if (own['failed unsent']) expect(generator.stalls.length).toBeGreaterThan(0);
});

test('a generator that is ended from outside ends the run with an error, and no other process stays', async () => {
  await using server = await ScriptedServer.start(() => 200);
  const started = Promise.withResolvers<number>();
  const target = { url: server.url, seed: 1, onZero: started.resolve, onProgress: () => {} };
  const load = arrivals({ rate: 50, duration: '30s', warmUp: 0, processes: 2, request: post });
  const running = load.run(target, new AbortController().signal);
  await started.promise;
  const [first = Number.NaN] = generatorsOf();
  process.kill(first, 'SIGKILL');
  await expect(running).rejects.toThrow(`the load generator's process ${first} was ended from outside: SIGKILL`);
  expect(generatorsOf()).toEqual([]);
});

test('a warm-up until steady ends soon where the app is steady, and the operations before zero lie before it', async () => {
  await using server = await ScriptedServer.start(() => sleep(200, 200));
  const load = arrivals({ rate: 100, duration: '300ms', warmUp: 'steady', processes: 2, request: post });
  const result = await run(load, server.url);
  const { warmUp: facts } = result.generator;
  expect(facts?.steady).toBe(true);
  expect(facts?.length).toBeGreaterThan(3_000);
  expect(facts?.length).toBeLessThan(30_000);
  const operations = [...operationsOf(result.columns)];
  expect(counted(result.columns).map(({ key }) => key)).toEqual(Array.from({ length: 30 }, (_, n) => String(n)));
  const before = operations.filter(({ dueAt }) => dueAt < 0);
  // Every 10 ms from the beginning of the warm-up to zero.
  expect(Math.abs(before.length - (facts?.length ?? Number.NaN) / 10)).toBeLessThan(2);
  expect(before.every(({ key }) => Number(key) < 0)).toBe(true);
  expect(operations.map(({ dueAt }) => dueAt)).toEqual(operations.map(({ dueAt }) => dueAt).toSorted((a, b) => a - b));
  for (const { startedAt, dueAt } of operations) expect(startedAt).toBeGreaterThanOrEqual(dueAt - 0.01);
  expectTruth(result, server);
});

test('a warm-up until steady is over at its end where the app is not, and the recording says so', async () => {
  let asked = 0;
  // Slower with each request.
  await using server = await ScriptedServer.start(() => sleep(++asked / 4, 200));
  const warmUp = { until: 'steady', atMost: '3s' } as const;
  const result = await run(arrivals({ rate: 100, duration: '200ms', warmUp, request: post }), server.url);
  expect(result.generator.warmUp?.steady).toBe(false);
  expect(result.generator.warmUp?.length).toBeGreaterThanOrEqual(3_000);
  expect(counted(result.columns)).toHaveLength(20);
});

test('an app that hangs fails', async () => {
  await using server = await ScriptedServer.start((key) => (Number(key) < 200 ? 200 : 'hang'));
  const load = arrivals({ rate: 400, duration: '1s', warmUp: 0, timeout: '800ms', request: post });
  expect(judged(await run(load, server.url))).toEqual(['fail', 'fail']);
});

test('a host that cannot be resolved fails every arrival, and the run ends', async () => {
  const load = arrivals({
    rate: 50,
    duration: '500ms',
    warmUp: 0,
    allowHosts: ['no-such-host.invalid'],
    request: post,
  });
  const { columns } = await run(load, 'http://no-such-host.invalid:80');
  const operations = counted(columns);
  expect(operations).toHaveLength(25);
  expect(operations.every(({ outcome }) => outcome !== 'ok')).toBe(true);
});

test('an app that closes every connection without an answer fails every arrival, and the run ends', async () => {
  const closing = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  await once(closing, 'listening');
  const address = closing.address();
  const url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  const { columns } = await run(arrivals({ rate: 200, duration: '500ms', warmUp: 0, request: post }), url);
  closing.close();
  expect(counted(columns)).toHaveLength(100);
  // Whether the request is there yet decides between a reset and an end.
  expect(counted(columns).every(({ category }) => category === 'reset' || category === 'empty')).toBe(true);
});

test('an aborted load rejects with the reason and sends nothing more', async () => {
  for (const load of [
    arrivals({ rate: 200, duration: '30s', request: post }),
    autocannon({ connections: 2, duration: '30s', request: post }),
    race({
      races: 10_000,
      contenders: 2,
      warmUp: 0,
      attempt: ({ race, contender }) => ({ path: `/${race}-${contender}`, key: String(race) }),
    }),
  ]) {
    await using server = await ScriptedServer.start(() => sleep(5, 200));
    const controller = new AbortController();
    const running = run(load, server.url, controller.signal);
    while (server.seen.size < 10) await sleep(10);
    controller.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');
    const seen = server.seen.size;
    await sleep(100);
    expect(server.seen.size).toBe(seen);
    await expect(run(load, server.url, controller.signal)).rejects.toThrow('enough');
  }
});

test('a request function that throws in the middle ends the run with its error', async () => {
  await using server = await ScriptedServer.start(() => 200);
  const request = ({ n }: { n: number }) => {
    if (n === 250) throw new Error('out of customers');
    return post({ n });
  };
  await expect(run(arrivals({ rate: 200, duration: '5s', warmUp: 0, request }), server.url)).rejects.toThrow(
    'request({ n: 250 }) threw: out of customers',
  );
});

test('autocannon: each of many failures is counted once under its own key and category', async () => {
  await using server = await ScriptedServer.start(acts);
  const result = await run(autocannon({ connections: 5, duration: '500ms', warmUp, request: post }), server.url);
  const operations = [...operationsOf(result.columns)];
  expect(counted(result.columns).length).toBeGreaterThan(100);
  for (const { key, outcome, category, dueAt, startedAt } of operations) {
    const expected = fate[acts(key as string)] ?? 'unknown reset';
    expect({ key, seen: `${outcome} ${category}` }).toEqual({ key, seen: expected });
    expect(startedAt).toBe(dueAt);
  }
  // The numbers are used up from the front, none left out.
  const numbers = counted(result.columns).map(({ key }) => Number(key));
  expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: numbers.length }, (_, n) => n));
  expect(result.generator).toMatchObject({ loop: 'closed', connections: 5, offeredRate: undefined });
  expectTruth(result, server);
});

test('autocannon: no more requests are in flight than there are connections, each as long as the app took', async () => {
  let inFlight = 0;
  let most = 0;
  await using server = await ScriptedServer.start(async () => {
    most = Math.max(most, ++inFlight);
    await sleep(20);
    inFlight--;
    return 200;
  });
  const result = await run(autocannon({ connections: 4, duration: '500ms', warmUp, request: post }), server.url);
  expect(most).toBe(4);
  for (const { startedAt, endedAt } of operationsOf(result.columns)) expect(endedAt - startedAt).toBeGreaterThan(19);
  expectTruth(result, server);
});

test('autocannon: a request that hangs times out under its own key, and the others go on', async () => {
  await using server = await ScriptedServer.start((key) => (key === '20' ? 'hang' : sleep(10, 200)));
  const load = autocannon({ connections: 3, duration: '1s', timeout: '1s', warmUp, request: post });
  const result = await run(load, server.url);
  const failed = counted(result.columns).filter(({ outcome }) => outcome !== 'ok');
  expect(failed).toMatchObject([{ key: '20', outcome: 'unknown', category: 'timeout' }]);
  expect(counted(result.columns).length).toBeGreaterThan(50);
  expectTruth(result, server);
});

test('autocannon: an app that hangs from some moment on fails, although few requests were sent to it', async () => {
  const began = performance.now();
  await using server = await ScriptedServer.start(() => (performance.now() - began > 3_000 ? 'hang' : sleep(4, 200)));
  const load = autocannon({ connections: 5, duration: '5s', timeout: '1s', warmUp: '500ms', request: post });
  const result = await run(load, server.url);
  expect(tally(counted(result.columns))['unknown timeout']).toBeLessThan(50);
  const recording = recorded(result);
  expect(errorRateBelow(recording, 0.1)).toMatchObject({
    status: 'fail',
    because: expect.stringContaining('silence'),
  });
  expect(latencyBelow(recording, 0.95, 100).status).toBe('fail');
});

test('autocannon: an app that answers throughout is at no time silent', async () => {
  await using server = await ScriptedServer.start(() => sleep(4, 200));
  const load = autocannon({ connections: 5, duration: '3s', warmUp: 0, request: post });
  expect(countErrors(recorded(await run(load, server.url))).errors.best).toBe(0);
});

test('arrivals: a server of 400/s that is offered 500/s sustains 380/s, and not 420/s', async () => {
  let free = 0;
  await using server = await ScriptedServer.start(async () => {
    const at = performance.now();
    free = Math.max(at, free) + 2.5;
    return sleep(Math.max(0, free - at), 200);
  });
  const load = arrivals({ rate: 500, duration: '4s', warmUp: '1s', request: post });
  const recording = recorded(await run(load, server.url));
  expect(sustainRps(recording, 380), sustainRps(recording, 380).because).toMatchObject({ status: 'pass' });
  expect(Math.abs(sustainRps(recording, 380).value / 400 - 1)).toBeLessThan(0.02);
  expect(sustainRps(recording, 420).status).not.toBe('pass');
});

test('arrivals: each operation has its status, and whether its request takes any for ok', async () => {
  await using server = await ScriptedServer.start((key) => [302, 404, 201][Number(key) % 3] as number);
  const request = ({ n }: { n: number }) =>
    [get({ n }), { ...get({ n }), okWhen: [404] }, post({ n })][n % 3] as Request;
  const { columns } = await run(arrivals({ rate: 60, duration: '500ms', warmUp: 0, request }), server.url);
  for (const { key, status, takes, category } of counted(columns)) {
    const expected = [
      [302, takesAnyAnswer],
      [404, takesItsAnswer],
      [201, takesItsAnswer],
    ][Number(key) % 3];
    expect([status, takes, category]).toEqual([...(expected as number[]), 'ok']);
  }
});

test('arrivals: a call that fulfils with an answer is recorded by its status', async () => {
  await using server = await ScriptedServer.start((key) => (Number(key) % 2 ? 500 : 200));
  const call = ({ n }: { n: number }) => fetch(`${server.url}/keys/${n}`, { method: 'POST' });
  const { columns } = await run(arrivals({ rate: 100, duration: '500ms', warmUp: 0, call }), server.url);
  expect(tally(counted(columns))).toEqual({ 'ok ok': 25, 'unknown 500': 25 });
});

test('autocannon: an app that closes every connection after its answer answered all', async () => {
  await using server = await ScriptedServer.start(() => 'close after');
  const result = await run(autocannon({ connections: 3, duration: '500ms', warmUp, request: post }), server.url);
  expect(Object.keys(tally([...operationsOf(result.columns)]))).toEqual(['ok ok']);
  expect(result.columns.length).toBeGreaterThan(50);
  expectTruth(result, server);
});

test('autocannon: an app that refuses is asked by each connection ten times a second, not in a storm', async () => {
  const { columns } = await run(
    autocannon({ connections: 5, duration: '1s', warmUp, request: post }),
    await closedPort(),
  );
  expect(tally(counted(columns))).toEqual({ 'failed refused': counted(columns).length });
  expect(counted(columns).length).toBeGreaterThan(5);
  expect(counted(columns).length).toBeLessThanOrEqual(55);
});

test('autocannon: an interim answer is not taken for the answer', async () => {
  const early = createServer((socket) => {
    socket.on('data', () => {
      socket.write('HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n');
      setTimeout(() => socket.write('HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\nno'), 5);
    });
    socket.on('error', () => socket.destroy());
  }).listen(0, '127.0.0.1');
  await once(early, 'listening');
  const address = early.address();
  const url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  const { columns } = await run(autocannon({ connections: 2, duration: '500ms', warmUp: 0, request: get }), url);
  early.close();
  expect(Object.keys(tally([...operationsOf(columns)]))).toEqual(['failed 404']);
});

test('race: all contenders of a race are on their way together, each on its own open connection', async () => {
  const waiting = new Map<string, (() => void)[]>();
  // Nobody is answered before all five have come: contenders that were sent one after the other would wait for ever.
  await using server = await ScriptedServer.start(async (key) => {
    if (key === 'health') return 200;
    const [number = '', contender] = key.split('-');
    const { promise, resolve } = Promise.withResolvers<void>();
    const all = [...(waiting.get(number) ?? []), resolve];
    waiting.set(number, all);
    if (all.length === 5) for (const go of all) go();
    await promise;
    return contender === '3' ? 200 : 409;
  });
  const attempt = ({ race: number, contender }: { race: number; contender: number }) => ({
    method: 'POST',
    path: `/accept/${number}-${contender}`,
    key: `R${number}`,
  });
  const result = await run(race({ races: 20, contenders: 5, warmUp: '100ms', attempt }), server.url);
  const operations = [...operationsOf(result.columns)];
  expect(tally(operations)).toEqual({ 'ok ok': 20, 'failed 409': 80 });
  expect(operations.map(({ key, value }) => `${key} ${value}`)).toEqual(
    Array.from({ length: 100 }, (_, n) => `R${Math.floor(n / 5)} ${n % 5}`),
  );
  expect(operations.filter(({ outcome }) => outcome === 'ok').every(({ value }) => value === '3')).toBe(true);
  expect(server.sockets.size).toBe(5);
  for (let first = 0; first < 100; first += 5) {
    const contenders = operations.slice(first, first + 5);
    expect(new Set(contenders.map(({ dueAt }) => dueAt)).size).toBe(1);
    const last = operations[first - 1];
    if (last) expect(contenders[0]?.dueAt).toBeGreaterThanOrEqual(last.endedAt);
  }
  expect(result.generator).toMatchObject({ loop: 'race', connections: 5, load: 'race of 5 contenders, 20 times' });
  expect(result.duration).toBeGreaterThanOrEqual(operations.at(-1)?.endedAt as number);
});

test('race: a contender that is reset or hangs is recorded, and the next race starts on an open connection again', async () => {
  await using server = await ScriptedServer.start((key) => {
    if (key === '0-1') return 'reset';
    return key === '1-0' ? 'hang' : 200;
  });
  const attempt = ({ race: number, contender }: { race: number; contender: number }) => ({
    method: 'POST',
    path: `/${number}-${contender}`,
    key: String(number),
  });
  const { columns } = await run(race({ races: 3, contenders: 2, timeout: '200ms', warmUp: 0, attempt }), server.url);
  const seen = [...operationsOf(columns)].map(({ outcome, category }) => `${outcome} ${category}`);
  expect(seen).toEqual(['ok ok', 'unknown reset', 'unknown timeout', 'ok ok', 'ok ok', 'ok ok']);
  expect(['0-1', '1-0'].map((key) => server.seen.get(key))).toEqual([1, 1]);
  // Each contender at the start, and each that lost its connection.
  expect(server.seen.get('health')).toBe(4);
});

test('race: an app that does not answer the first request is an error that names it', async () => {
  const attempt = () => ({ path: '/', key: 'K' });
  await expect(run(race({ races: 1, contenders: 2, attempt }), await closedPort())).rejects.toThrow(
    /connections could not be opened: GET \/health .* \(refused\)/,
  );
});
