import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { arrivals } from '../../dist/load/arrivals.js';
import { NotApplied } from '../../dist/load/http/call-outcome.js';
import { journey } from '../../dist/load/journeys/journey.js';
import { runJourneys } from '../../dist/load/journeys/journey-run.js';
import { mixed } from '../../dist/load/mixed.js';
import { race } from '../../dist/load/race.js';
import { readCases } from '../../src/analysis/window/cases.ts';
import type { CallContext } from '../../src/load/journeys/call.ts';
import type { JourneyOptions } from '../../src/load/journeys/journey.ts';
import type { Load, LoadResult } from '../../src/load/load.ts';
import { now } from '../../src/recording/clock.ts';
import { type Operation, operationsOf } from '../../src/recording/columns.ts';
import { Recording } from '../../src/recording/recording.ts';
import { OrdersServer, type Reply, type SeenRequest } from './fixtures/orders-server.ts';

const warmUp = '100ms';
const file = (name: string) => new URL(`./fixtures/journeys/${name}.ts`, import.meta.url);
const named = (name: string, options: JourneyOptions = {}) => journey(file(name), options);

async function run(
  load: Load,
  url: string,
  { signal = new AbortController().signal, seed = 7, onZero = () => {} }: RunOptions = {},
): Promise<LoadResult & { zero: number }> {
  let zero = Number.NaN;
  const chosen = (instant: number) => {
    zero = instant;
    onZero();
  };
  return { ...(await load.run({ url, seed, onZero: chosen, onProgress: () => {} }, signal)), zero };
}

interface RunOptions {
  readonly signal?: AbortSignal;
  readonly seed?: number;
  readonly onZero?: () => unknown;
}

/** Operations by their names, those of the warm-up left out. */
function byName({ columns }: LoadResult): Record<string, Operation[] | undefined> {
  const counted = [...operationsOf(columns)].filter(({ dueAt }) => dueAt >= 0);
  return Object.groupBy(counted, ({ name }) => name);
}

function tally(operations: readonly Operation[] = []): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { outcome, category } of operations) {
    const kind = `${outcome} ${category}`;
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

/** Milliseconds that each operation took, at best and at worst. */
function latencies(result: LoadResult): { best: number[]; worst: number[] } {
  const data = { faults: [], finalState: undefined, exits: [], series: [], seed: 7, startedAt: '' };
  const cases = readCases(new Recording({ ...result, ...data }));
  const all = (which: 'best' | 'worst') =>
    Array.from({ length: result.columns.length }, (_, row) => cases.latency(row, which));
  return { best: all('best'), worst: all('worst') };
}

const always = (status: number) => (): Reply => ({ status });

test('a journey follows the id that came back, and its pauses are in no latency', async () => {
  let orders = 0;
  await using server = await OrdersServer.start(async ({ path }) => {
    await sleep(5);
    return path === '/orders' ? { status: 201, body: { id: `O${orders++}` } } : { status: 200 };
  });
  const order = named('order', { data: { names: ['Ada', 'Bob'] } });
  const result = await run(arrivals({ rate: 50, duration: '500ms', warmUp, journey: order }), server.url);
  const { 'POST /orders': placed = [], pay = [], ...others } = byName(result);
  expect(Object.keys(others)).toEqual([]);
  // The first step is due when the arrival is.
  expect(placed.map(({ dueAt }) => Math.round(dueAt))).toEqual(Array.from({ length: 25 }, (_, n) => n * 20));
  expect(tally([...placed, ...pay])).toEqual({ 'ok ok': placed.length + pay.length });
  // The ids that the app chose are the keys, and each was paid for once, 20 to 60 ms after its answer.
  const paid = [...operationsOf(result.columns)].filter(({ name }) => name === 'pay');
  const all = [...operationsOf(result.columns)];
  expect(new Set(paid.map(({ key }) => key))).toEqual(new Set(all.map(({ key }) => key)));
  expect(paid).toHaveLength(orders);
  expect(server.seen.filter(({ path }) => path.endsWith('/pay')).map(({ path }) => path.split('/')[2])).toHaveLength(
    orders,
  );
  for (const { key, dueAt, value } of paid) {
    const order = placed.find((one) => one.key === key);
    expect(value).toBe('paid');
    if (order) expect(dueAt - order.endedAt).toBeGreaterThan(18);
  }
  expect(result.generator).toMatchObject({
    load: 'arrivals 50/s for 500 ms of journey order',
    loop: 'open',
    offeredRate: 50,
  });
  expect(result.generator.health?.processes).toBe(1);
  expect(result.duration).toBe(500);
});

test('a step that fails is recorded once and ends its journey, unless that catches it and looks into the answer', async () => {
  await using server = await OrdersServer.start(({ path }) =>
    path.startsWith('/first') ? { status: 409, body: { reason: 'taken' } } : { status: 200 },
  );
  const result = await run(arrivals({ rate: 40, duration: '250ms', warmUp, journey: named('failing') }), server.url);
  const { first = [], after = [], never } = byName(result);
  expect(tally(first)).toEqual({ 'failed 409': 10 });
  expect(first.map(({ key }) => key)).toEqual(Array.from({ length: 10 }, (_, n) => `K${n}`));
  // Of n = 0 to 9 the odd ones, and of the warm-up at most two that came over.
  expect(after.length - 5).toBeLessThanOrEqual(2);
  expect(never).toBeUndefined();
  expect(new Set(server.seen.map(({ path }) => path).filter((path) => !path.startsWith('/first')))).toEqual(
    new Set(['/why/409/taken']),
  );
});

interface Visit {
  readonly n: number;
  readonly user: number;
  readonly sequence: number;
  readonly last?: number;
  readonly drawn: number;
}

const visits = (seen: readonly SeenRequest[], path: string) =>
  seen.filter((request) => request.path === path).map(({ body }) => JSON.parse(body) as Visit);

test('each user keeps a state from journey to journey, is on one at a time, and the seed replays what they draw', async () => {
  const load = arrivals({ rate: 100, duration: '200ms', warmUp, journey: named('users', { users: 5 }) });
  const runs: Visit[][] = [];
  for (const seed of [7, 7, 8]) {
    await using server = await OrdersServer.start(always(200));
    await run(load, server.url, { seed });
    const open = new Set<number>();
    for (const { path, body } of server.seen) {
      const { user } = JSON.parse(body) as Visit;
      if (path === '/in') expect(open.has(user)).toBe(false);
      if (path === '/in') open.add(user);
      else open.delete(user);
    }
    const came = visits(server.seen, '/in');
    for (const { user, sequence, last, n } of came) {
      const before = came.filter((other) => other.user === user && other.n < n);
      expect({ sequence, last }).toEqual({ sequence: before.length, last: before.at(-1)?.n });
    }
    expect(new Set(came.map(({ user }) => user))).toEqual(new Set([0, 1, 2, 3, 4]));
    runs.push(came.toSorted((a, b) => a.n - b.n));
  }
  const [first = [], again = [], other = []] = runs;
  // Where a machine is so slow that all users were busy, a visit may be missing.
  const pairs = (one: readonly Visit[], two: readonly Visit[]) =>
    one.flatMap(({ n, drawn }) => two.filter((visit) => visit.n === n).map((visit) => [drawn, visit.drawn]));
  expect(pairs(first, again).length).toBeGreaterThan(5);
  expect(pairs(first, again).filter(([one, two]) => one !== two)).toEqual([]);
  expect(pairs(first, other).filter(([one, two]) => one === two)).toEqual([]);
});

test('users who all wait for the app leave arrivals unsent by its doing; users who all pause, by that of the plan', async () => {
  await using hung = await OrdersServer.start(() => undefined);
  const two = named('users', { users: 2 });
  const app = await run(
    arrivals({ rate: 100, duration: '200ms', warmUp: 0, timeout: '300ms', journey: two }),
    hung.url,
  );
  expect(tally(byName(app).in)).toEqual({ 'unknown timeout': 2 });
  expect(tally(byName(app).users)['failed saturated']).toBeGreaterThan(10);
  await using quick = await OrdersServer.start(always(200));
  const pausing = named('pausing', { users: 1 });
  const plan = await run(arrivals({ rate: 100, duration: '200ms', warmUp: 0, journey: pausing }), quick.url);
  expect(tally(byName(plan).pausing)).toEqual({ 'failed unsent': 19 });
  expect(tally(byName(plan).in)).toEqual({ 'ok ok': 1 });
});

test('a journey that does not end is given up at its time limit and counted, whatever it waits for', async () => {
  await using server = await OrdersServer.start(({ path }) =>
    path === '/again' ? sleep(20, { status: 200 }) : { status: 200 },
  );
  const lingering = named('lingering', { timeLimit: '150ms' });
  const result = await run(arrivals({ rate: 50, duration: '120ms', warmUp: 0, journey: lingering }), server.url);
  const { in: begun, again, lingering: given = [] } = byName(result);
  expect(tally(begun)).toEqual({ 'ok ok': 6 });
  expect(tally(again)).toEqual({ 'ok ok': again?.length });
  // n = 1 to 3 went on for nothing that the app did; n = 4 was kept busy by it.
  expect(given.map(({ dueAt, category }) => `${Math.round(dueAt / 20)} ${category}`)).toEqual([
    '1 unsent',
    '2 unsent',
    '3 unsent',
    '4 saturated',
  ]);
});

test('whatever else a journey throws ends the run, with its number and where it was', async () => {
  await using server = await OrdersServer.start(always(200));
  const load = (name: string) => arrivals({ rate: 100, duration: '5s', warmUp: 0, journey: named(name) });
  await expect(run(load('defect'), server.url)).rejects.toThrow(
    /journey defect, n 10, threw: out of customers\n\s+at defect \(.*journeys\/defect\.ts:\d+:\d+\)/,
  );
  await expect(run(load('no-default'), server.url)).rejects.toThrow(
    /must export an async function by default.*no default export/,
  );
});

test('a generator that an endless loop keeps from saying anything is ended', async () => {
  const { module, ...endless } = named('endless');
  const data = {
    ...{ ...endless, module, warmUp: 0, timeout: 100, maxInFlight: 10, seed: 1 },
    transport: { origin: 'http://127.0.0.1:1', http: 1, tls: undefined } as const,
    schedule: { curve: [], first: 0, count: 1, drawn: undefined },
  };
  const target = { url: '', seed: 1, onZero: () => {}, onProgress: () => {} };
  await expect(runJourneys(data, 100, target, new AbortController().signal, 400)).rejects.toThrow(
    /journey endless .* has said nothing for 0\.4 s: look for a loop/,
  );
});

test('steps that are no HTTP are operations like the others', async () => {
  await using server = await OrdersServer.start(always(200));
  const load = arrivals({ rate: 50, duration: '100ms', warmUp: 0, timeout: '100ms', journey: named('steps') });
  const result = await run(load, server.url);
  const { fine = [], refused = [], broken, slow = [], ...others } = byName(result);
  expect(Object.keys(others)).toEqual([]);
  expect([tally(fine), tally(refused), tally(broken), tally(slow)]).toEqual([
    { 'ok ok': 5 },
    { 'failed not-42': 5 },
    { 'unknown EPIPE': 5 },
    { 'unknown timeout': 5 },
  ]);
  expect(fine.map(({ key }) => key)).toEqual(['K0', 'K1', 'K2', 'K3', 'K4']);
  expect(refused.map(({ key }) => key)).toEqual(fine.map(({ key }) => key));
  for (const { startedAt, endedAt } of slow) expect(endedAt - startedAt).toBeGreaterThan(99.9);
});

/** Process ids of the generators of journeys that this process has started. */
function generators(): number[] {
  const lines = execFileSync('ps', ['-eo', 'pid=,ppid=,args=']).toString().split('\n');
  const fields = lines.map((line) => line.trim().split(/\s+/));
  return fields
    .filter(([, parent, ...args]) => Number(parent) === process.pid && args.join(' ').includes('journey-worker'))
    .map(([pid]) => Number(pid));
}

function stopped(pass: () => unknown): () => Promise<void> {
  return async () => {
    await sleep(200);
    for (const pid of generators()) process.kill(pid, 'SIGSTOP');
    await pass();
    for (const pid of generators()) process.kill(pid, 'SIGCONT');
  };
}

test.each([
  ['a journey keeps it from running', 'blocked', () => {}],
  ['it is stopped, and the app goes on', 'users', stopped(() => sleep(600))],
  // The thread of the test is the app's.
  [
    'it is stopped, and the app with it',
    'users',
    stopped(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 600)),
  ],
])('what happens while the generator cannot run is nothing the app did: %s', async (_, name, stop) => {
  // Work in steps, so that an app that was stopped has some of it left.
  await using server = await OrdersServer.start(async () => {
    for (let step = 0; step < 4; step++) await sleep(10);
    return { status: 200 };
  });
  const load = arrivals({ rate: 50, duration: '1200ms', warmUp: 0, timeout: '500ms', journey: named(name) });
  const result = await run(load, server.url, { onZero: stop });
  const operations = [...operationsOf(result.columns)];
  expect(tally(operations)).toEqual({ 'ok ok': 120 });
  expect(Math.max(...result.generator.stalls.map(([from, to]) => to - from))).toBeGreaterThan(500);
  const { best, worst } = latencies(result);
  expect(Math.max(...worst)).toBeGreaterThan(400);
  expect(Math.max(...best)).toBeLessThan(500);
});

test("a function in the test's own process is a load: ok, certainly not applied, not known, and too late", async () => {
  const started: number[] = [];
  const add = async ({ n, about, signal }: CallContext) => {
    started.push(n);
    about({ key: `K${n}`, value: 'added' });
    if (n % 4 === 1) throw new NotApplied('sold-out');
    if (n % 4 === 2) throw new TypeError('fetch failed', { cause: Object.assign(new Error(), { code: 'ECONNRESET' }) });
    if (n % 4 === 3) await new Promise((resolve) => signal.addEventListener('abort', resolve));
    await sleep(10);
    return { name: 'a job that is no name of ours' };
  };
  const load = arrivals({ rate: 80, duration: '500ms', warmUp, timeout: '50ms', call: add });
  const result = await run(load, 'http://127.0.0.1:1');
  const operations = [...operationsOf(result.columns)].filter(({ dueAt }) => dueAt >= 0);
  expect(tally(operations)).toEqual({
    'ok ok': 10,
    'failed sold-out': 10,
    'unknown ECONNRESET': 10,
    'unknown timeout': 10,
  });
  expect(operations.map(({ key }) => key)).toEqual(Array.from({ length: 40 }, (_, n) => `K${n}`));
  expect(operations.map(({ dueAt }) => dueAt)).toEqual(Array.from({ length: 40 }, (_, n) => n * 12.5));
  expect(new Set(operations.map(({ name, value }) => `${name} ${value}`))).toEqual(new Set(['add added']));
  expect(started).toEqual(Array.from({ length: 48 }, (_, n) => n - 8));
  for (const { outcome, startedAt, endedAt } of operations)
    if (outcome === 'ok') expect(endedAt - startedAt).toBeGreaterThan(9);
  expect(result.generator).toMatchObject({
    load: 'arrivals 80/s for 500 ms of call add',
    loop: 'open',
    offeredRate: 80,
  });
});

test("what keeps the test's process from running is no slowness of the call", async () => {
  const call = async ({ n }: CallContext) => {
    if (n === 20) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
    await sleep(15);
  };
  const result = await run(
    arrivals({ rate: 100, duration: '500ms', warmUp: 0, timeout: '300ms', call }),
    'http://127.0.0.1:1',
  );
  expect(tally([...operationsOf(result.columns)])).toEqual({ 'ok ok': 50 });
  expect(Math.max(...result.generator.stalls.map(([from, to]) => to - from))).toBeGreaterThan(450);
  const { best, worst } = latencies(result);
  expect(Math.max(...worst)).toBeGreaterThan(400);
  expect(Math.max(...best)).toBeLessThan(450);
});

test('calls that are aborted reject with the reason, and nothing more is called', async () => {
  const controller = new AbortController();
  let calls = 0;
  const call = ({ signal }: CallContext) => {
    if (++calls === 5) controller.abort(new Error('enough'));
    return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  };
  const load = arrivals({ rate: 200, duration: '5s', warmUp: 0, call });
  await expect(run(load, 'http://127.0.0.1:1', { signal: controller.signal })).rejects.toThrow('enough');
  const seen = calls;
  await sleep(50);
  expect(calls).toBe(seen);
});

test('loads side by side have one zero, share what is offered, and name their operations', async () => {
  await using server = await OrdersServer.start(always(200));
  const load = mixed({
    weights: { reads: 3, orders: 1 },
    loads: {
      reads: (share) =>
        arrivals({
          rate: 200 * share,
          duration: '500ms',
          warmUp,
          request: ({ n }) => ({ path: `/${n}`, key: `R${n}` }),
        }),
      orders: (share) => arrivals({ rate: 200 * share, duration: '500ms', warmUp: '300ms', journey: named('blocked') }),
    },
  });
  const zeros: number[] = [];
  const before = now();
  const result = await run(load, server.url, { onZero: () => zeros.push(now()) });
  expect(zeros).toHaveLength(1);
  // It is told when the last generator is ready, ahead of the longest warm-up.
  expect(result.zero).toBeGreaterThan(before + 300);
  const { reads = [], a = [], b = [], ...others } = byName(result);
  expect(Object.keys(others)).toEqual([]);
  expect(reads.map(({ dueAt }) => Math.round(dueAt * 3))).toEqual(Array.from({ length: 75 }, (_, n) => n * 20));
  expect(a.map(({ dueAt }) => Math.round(dueAt))).toEqual(Array.from({ length: 25 }, (_, n) => n * 20));
  expect(tally([...reads, ...a, ...b])).toEqual({ 'ok ok': 75 + 25 + b.length });
  expect([...result.columns.dueAt]).toEqual([...result.columns.dueAt].toSorted((x, y) => x - y));
  expect(result.generator).toMatchObject({ loop: 'open', offeredRate: 200, health: { processes: 2 } });
  expect(result.duration).toBe(500);
  expect(Math.max(...result.generator.stalls.map(([from, to]) => to - from))).toBeGreaterThan(500);
});

test('a race beside arrivals begins at their zero, and none of it is lost', async () => {
  await using server = await OrdersServer.start(always(200));
  const load = mixed({
    loads: {
      background: arrivals({ rate: 50, duration: '500ms', warmUp, request: () => ({ path: '/' }) }),
      acceptance: race({
        races: 3,
        contenders: 2,
        warmUp: '50ms',
        attempt: ({ race }) => ({ method: 'POST', path: '/accept', key: `R${race}` }),
      }),
    },
  });
  expect(load.duration).toBeUndefined();
  const result = await run(load, server.url);
  const { background, acceptance = [] } = byName(result);
  expect(tally(background)).toEqual({ 'ok ok': 25 });
  expect(acceptance.map(({ key, value }) => `${key} ${value}`)).toEqual([
    'R0 0',
    'R0 1',
    'R1 0',
    'R1 1',
    'R2 0',
    'R2 1',
  ]);
  expect(result.duration).toBeGreaterThanOrEqual(acceptance.at(-1)?.endedAt as number);
});

test('when one of several loads fails, all end, with its error', async () => {
  await using server = await OrdersServer.start(always(200));
  const load = mixed({
    loads: {
      background: arrivals({ rate: 50, duration: '20s', warmUp: 0, request: () => ({ path: '/' }) }),
      broken: arrivals({ rate: 100, duration: '20s', warmUp: 0, journey: named('defect') }),
    },
  });
  await expect(run(load, server.url)).rejects.toThrow(/journey defect, n 10, threw: out of customers/);
  const seen = server.seen.length;
  await sleep(60);
  expect(server.seen.length).toBe(seen);
  expect(generators()).toEqual([]);
});
