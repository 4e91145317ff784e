import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { type ArrivalsOptions, arrivals } from '../../../src/load/arrivals.ts';
import { KeptAnswer } from '../../../src/load/http/answer.ts';
import type { Expiring } from '../../../src/load/http/deadline-queue.ts';
import { type JourneyContext, journey } from '../../../src/load/journeys/journey.ts';
import { StepFailed } from '../../../src/load/journeys/journey-errors.ts';
import { JourneyLog } from '../../../src/load/journeys/journey-log.ts';
import type { SessionHost } from '../../../src/load/journeys/journey-session.ts';
import { JourneySession } from '../../../src/load/journeys/journey-session.ts';
import { fixedUsers, newUsers } from '../../../src/load/journeys/journey-users.ts';
import { type Operation, operationsOf } from '../../../src/recording/columns.ts';

const folder = mkdtempSync(join(tmpdir(), 'journeys-'));
afterAll(() => rmSync(folder, { recursive: true }));
const module = pathToFileURL(join(folder, 'order.ts'));
writeFileSync(module, '');

test('a journey is plain data, named as its file, with 60 s at most', () => {
  expect(journey(module)).toEqual({
    name: 'order',
    module: module.href,
    data: undefined,
    users: undefined,
    timeLimit: 60_000,
  });
  expect(journey(join(folder, 'order.ts'), { users: 3, timeLimit: '2s', data: [1] })).toEqual({
    name: 'order',
    module: module.href,
    data: [1],
    users: 3,
    timeLimit: 2_000,
  });
});

test.each<[string, () => unknown, RegExp]>([
  [
    'a file that is not there',
    () => journey('no/such.ts'),
    /there is no file .*no\/such\.ts; name the module by new URL/,
  ],
  ['no file', () => journey(new URL('https://example.com/a.ts')), /must be named by a file URL or a path/],
  ['no users', () => journey(module, { users: 0 }), /journey: users must be a whole number of at least 1; got 0/],
  ['no time', () => journey(module, { timeLimit: 0 }), /journey: timeLimit must be longer than 0/],
])('journey: %s is an error', (_, make, message) => {
  expect(make).toThrow(message);
});

const call = async () => {};
test.each<[string, object, RegExp]>([
  ['two kinds of work', { call, journey: journey(module) }, /exclude each other; got journey and call\. mixed/],
  ['a journey that is a path', { journey: './order.ts' }, /journey must be made by journey\(new URL\(.*got string/],
  ['a call that is none', { call: 5 }, /arrivals: call must be a function such as async .* got number/],
  ['no work at all', {}, /arrivals: request must be a function .* got undefined/],
  ['a warm-up of calls until steady', { call, warmUp: 'steady' }, /calls warm up for a length of time/],
  [
    'journeys in several processes',
    { journey: journey(module), processes: 2 },
    /journeys run in one process; got processes: 2/,
  ],
  ['a cap below rate x longest', { journey: journey(module), maxInFlight: 100 }, /at least .* = 650/],
])('arrivals: %s is an error', (_, options, message) => {
  expect(() => arrivals({ rate: 10, duration: '1s', ...options } as ArrivalsOptions)).toThrow(message);
});

test('a load of journeys or calls says so in its name', () => {
  const options = { rate: 10, duration: '1s' } as const;
  expect(arrivals({ ...options, journey: journey(module) }).name).toBe('arrivals 10/s for 1.0 s of journey order');
  expect(arrivals({ ...options, call: async () => {} }).name).toBe('arrivals 10/s for 1.0 s of call');
  const enqueue = async () => {};
  expect(arrivals({ ...options, call: enqueue }).name).toBe('arrivals 10/s for 1.0 s of call enqueue');
});

test('of fixed users the one goes that has been free for longest, with its state', () => {
  const users = fixedUsers(2);
  const [first, second] = [users.take(0), users.take(1)];
  expect([first?.n, second?.n, users.take(2)]).toEqual([0, 1, undefined]);
  if (!first || !second) throw new Error('there are two');
  second.state.seen = 'it';
  users.give(second);
  users.give(first);
  expect(users.take(3)).toEqual({ n: 1, sequence: 1, state: { seen: 'it' } });
  expect(users.take(4)).toEqual({ n: 0, sequence: 1, state: {} });
});

test('new users are as many as may be under way', () => {
  const users = newUsers(1);
  const user = users.take(-5);
  expect(user).toEqual({ n: -5, sequence: 0, state: {} });
  expect(users.take(-4)).toBeUndefined();
  if (user) users.give(user);
  expect(users.take(-3)?.n).toBe(-3);
});

test('operations are told in the order in which they were due, in parts', () => {
  const log = new JourneyLog();
  const labels = (name: string) => ({ key: undefined, value: undefined, name });
  const late = log.begin(0, 30, 31, labels('late'));
  const early = log.begin(1, 10, 11, labels('early'));
  log.begin(2, 20, Number.NaN, labels('never'));
  log.about(early, { key: 'E', value: 'v', name: 'renamed' });
  log.about(early, { value: 'w' });
  log.end(late, 40, { outcome: 'ok', category: 'ok' });
  log.end(early, 15, { outcome: 'unknown', category: '503' });
  const parts = [...log.parts(2)].map((columns) => [...operationsOf(columns)]);
  expect(parts.map((part) => part.map(({ name }) => name))).toEqual([['renamed', 'never'], ['late']]);
  expect(parts[0]?.[0]).toEqual({
    dueAt: 10,
    startedAt: 11,
    endedAt: 15,
    outcome: 'unknown',
    category: '503',
    key: 'E',
    value: 'w',
    name: 'renamed',
  });
  expect(parts[0]?.[1]).toMatchObject({ outcome: 'failed', category: 'unsent' });
  expect(log.progress).toEqual({ operations: 2, errors: 1 });
});

test('an answer is read as text and as JSON; without one there is no response', () => {
  const answer = new KeptAnswer();
  expect(answer.response(() => {})).toBeUndefined();
  answer.head(201, { location: '/1' });
  const euro = Buffer.from('{"price":"5 €"}');
  // A character may be cut in two.
  for (const byte of euro) answer.chunk(Buffer.from([byte]));
  const response = answer.response(() => {});
  expect(response).toMatchObject({ status: 201, headers: { location: '/1' } });
  expect(response?.text()).toBe('{"price":"5 €"}');
  expect(response?.json()).toEqual({ price: '5 €' });
});

/** A session on a clock of our own, whose app answers when told to. */
class Stage implements SessionHost {
  readonly seed = 1;
  readonly data = { name: 'Ada' };
  readonly log = new JourneyLog();
  readonly watched: Expiring[] = [];
  readonly failures: unknown[] = [];
  readonly waiting: ((status: number) => void)[] = [];
  clock = 0;
  open = 0;
  readonly send: SessionHost['send'] = (_, ended, reader) => {
    this.waiting.push((status) => {
      reader?.head(status, {});
      ended({ kind: 'answered', status });
    });
    return { ended: false, expire: () => ended({ kind: 'timeout', sent: true }) };
  };

  session(due: number): JourneySession {
    return new JourneySession(this, 'order', 3, due, { n: 0, sequence: 0, state: {} });
  }

  now = () => this.clock;
  running = () => this.clock;
  watch = (item: Expiring) => void this.watched.push(item);
  fail = (error: unknown) => void this.failures.push(error);
  operations = (change: 1 | -1) => {
    this.open += change;
  };

  get recorded(): Operation[] {
    return [...this.log.parts(100)].flatMap((columns) => [...operationsOf(columns)]);
  }
}

const post = { method: 'POST', path: '/orders' } as const;

test('a step that fulfils with an answer is recorded by its status, unless its request said that it is ok', async () => {
  const stage = new Stage();
  const { http, step } = stage.session(0).context;
  await expect(step('fetch', () => new Response('', { status: 500 }))).resolves.toHaveProperty('status', 500);
  const found = step('look', () => http({ path: '/orders/1', okWhen: [404] }));
  stage.waiting[0]?.(404);
  expect((await found).status).toBe(404);
  expect(stage.recorded.map(({ name, category }) => `${name}: ${category}`)).toEqual([
    'fetch: 500',
    'look: ok',
    'GET /orders/1: ok',
  ]);
});

test('the first request is due when the arrival is, the second when it is asked for', async () => {
  const stage = new Stage();
  const { http } = stage.session(100).context;
  stage.clock = 104;
  const first = http(post);
  stage.clock = 150;
  stage.waiting[0]?.(200);
  expect((await first).status).toBe(200);
  stage.clock = 160;
  const second = http(post);
  stage.clock = 161;
  stage.waiting[1]?.(503);
  await expect(second).rejects.toBeInstanceOf(StepFailed);
  await expect(second).rejects.toMatchObject({ message: 'POST /orders: 503', response: { status: 503 } });
  expect(stage.recorded).toMatchObject([
    { dueAt: 100, startedAt: 104, endedAt: 150, outcome: 'ok' },
    { dueAt: 160, startedAt: 160, endedAt: 161, outcome: 'unknown', category: '503' },
  ]);
  expect([stage.open, stage.failures]).toEqual([0, []]);
});

test('after a pause even the first request is due when it is asked for', async () => {
  const stage = new Stage();
  const { http, think } = stage.session(100).context;
  await think(1);
  stage.clock = 120;
  void http(post);
  expect(stage.recorded).toMatchObject([{ dueAt: 120 }]);
});

test('a pause between two lengths is drawn from the seed, apart from what the journey draws', async () => {
  const drawn: number[] = [];
  for (let run = 0; run < 2; run++) {
    const { think, random } = new Stage().session(0).context;
    await think({ from: 0, to: 2 });
    drawn.push(random());
  }
  const { random } = new Stage().session(0).context;
  expect(drawn).toEqual([drawn[0], drawn[0]]);
  expect(random()).toBe(drawn[0]);
});

test('a journey waits mostly for the app, or mostly not', async () => {
  const stage = new Stage();
  const session = stage.session(0);
  stage.clock = 10;
  const asked = session.context.http(post);
  stage.clock = 19;
  expect(session.mostlyWaiting).toBe(false);
  stage.clock = 21;
  expect(session.mostlyWaiting).toBe(true);
  stage.waiting[0]?.(200);
  await asked;
  stage.clock = 23;
  expect(session.mostlyWaiting).toBe(false);
});

test('a step that takes too long is a time-out at once, and what it does later changes nothing', async () => {
  const stage = new Stage();
  const session = stage.session(0);
  const late = Promise.withResolvers<string>();
  const aborted: boolean[] = [];
  const step = session.context.step('publish', ({ signal }) => {
    signal.addEventListener('abort', () => aborted.push(true));
    return late.promise;
  });
  stage.clock = 50;
  stage.watched[0]?.expire();
  await expect(step).rejects.toMatchObject({ name: 'StepFailed', category: 'timeout', step: 'publish' });
  stage.clock = 60;
  late.resolve('done');
  await late.promise;
  expect(aborted).toEqual([true]);
  expect(stage.recorded).toMatchObject([{ name: 'publish', endedAt: 50, outcome: 'unknown', category: 'timeout' }]);
  expect(stage.open).toBe(0);
});

test('after its time a journey gets nothing more, and what runs still comes to its end', async () => {
  const stage = new Stage();
  const session = stage.session(0);
  const running = session.context.http(post);
  const pausing = session.context.think('1h');
  session.finish();
  await expect(pausing).rejects.toThrow(/timeLimit/);
  await expect(session.context.http(post)).rejects.toThrow(/timeLimit/);
  await expect(session.context.step('more', () => {})).rejects.toThrow(/timeLimit/);
  expect(session.context.signal.aborted).toBe(true);
  stage.waiting[0]?.(200);
  expect((await running).status).toBe(200);
  expect([session.cut, stage.recorded.length]).toEqual([true, 1]);
});

test.each<[string, (context: JourneyContext) => Promise<unknown>, RegExp]>([
  ['a request without a path', ({ http }) => http({} as typeof post), /order, n 3: http\(\.\.\.\): path must start/],
  ['a pause without a unit', ({ think }) => think('5' as '5s'), /think\(\.\.\.\) must be milliseconds/],
  ['a pause of nothing', ({ think }) => think(undefined as unknown as '5s'), /think\(\.\.\.\) must be milliseconds/],
  ['a pause backwards', ({ think }) => think({ from: '2s', to: '1s' }), /from must not be above to/],
  ['a step without a name', ({ step }) => step('', () => {}), /step must be given a name and a function/],
  ['a step without a function', ({ step }) => step('a', 5 as unknown as () => void), /string and number/],
  [
    'a key that is no text',
    ({ step }) => step('a', () => {}, { key: 5 as unknown as string }),
    /key must be text; got number/,
  ],
])('%s is an error of the test, also when the journey catches it', async (_, ask, message) => {
  const stage = new Stage();
  await ask(stage.session(0).context).catch(() => {});
  expect(stage.failures).toHaveLength(1);
  expect(String(stage.failures[0])).toMatch(message);
});
