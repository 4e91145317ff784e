import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { postgres } from '../../dist/stack/postgres/postgres.js';
import { redis } from '../../dist/stack/redis/redis.js';
import { openStack } from '../../dist/stack/stack.js';
import { addUpRates, findSeries, summarizeSeries } from '../../src/analysis/window/series.ts';
import { experiment } from '../../src/experiment.ts';
import { Observer } from '../../src/observe/observer.ts';
import { parseProbe } from '../../src/observe/probe-series.ts';
import { now } from '../../src/recording/clock.ts';
import { recordingOf } from '../../src/recording/literal.ts';
import type { Recording, Series } from '../../src/recording/recording.ts';
import type { App } from '../../src/stack/app/app.ts';
import { type CommandOptions, command } from '../../src/stack/app/command.ts';
import { launch } from '../../src/stack/app/standing-app.ts';
import type { PostgresService } from '../../src/stack/postgres/postgres.ts';
import type { RedisService } from '../../src/stack/redis/redis.ts';
import type { Service } from '../../src/stack/service.ts';
import type { Stack } from '../../src/stack/stack.ts';
import { fixture } from './fixtures/drive.ts';

const main = fixture('observed-app.ts');
let stack: Stack;
let db: PostgresService;
let cache: RedisService;

beforeAll(async () => {
  const opened = await openStack({ services: { db: postgres(), cache: redis() } });
  stack = opened;
  ({ db, cache } = await opened.fresh());
  await db.query('create table held (n int); insert into held values (1)');
});

afterAll(() => stack.close());

function start(name: string, argv: readonly string[], options: Partial<CommandOptions> = {}): Promise<App> {
  return launch(command(argv, { ready: '/', ...options }), stack, name);
}

function found(recording: Recording, subject: string, name: string): Series {
  const series = findSeries(recording, subject, name);
  if (!series) throw new Error(`${subject} has no ${name}; there are ${namesOf(recording).join(', ')}`);
  return series;
}

const namesOf = ({ series }: Recording) => series.map(({ subject, name }) => `${subject}: ${name}`);
const everything = { from: 0, to: Number.POSITIVE_INFINITY };
const most = (recording: Recording, subject: string, name: string) =>
  summarizeSeries(found(recording, subject, name), everything).max;

describe('apps of all kinds on services that are well', () => {
  let recording: Recording;
  let heldByApp: number;
  const answers: Record<string, string> = {};

  beforeAll(async () => {
    const apps = await Promise.all([
      start('leaking', ['node', main, 'leaks']),
      start('blocking', ['npm', 'start', '--silent'], {
        cwd: fixture('npm-app'),
        env: { NODE_OPTIONS: '--max-old-space-size=123' },
      }),
      start('python', [
        'python3',
        '-c',
        'import http.server as h, os; h.test(h.SimpleHTTPRequestHandler, port=int(os.environ["PORT"]), bind="127.0.0.1")',
      ]),
      start('killed', ['node', main]),
      start('private', ['node', main], { probe: false }),
    ]);
    const [, , , killed] = apps;
    const samples = () => parseProbe(readFileSync(killed.probeFile ?? '', 'utf8'));
    await vi.waitFor(() => expect(samples()).not.toEqual([]), { timeout: 10_000 });
    for (const app of apps) answers[app.name] = await (await app.fetch('/')).text();
    const [first, second] = await Promise.all([connected(), connected()]);

    const ticker = new Ticker();
    const services = [db, cache, broken(), ticker as unknown as Service];
    const observer = await Observer.begin({ apps, services, others: () => stack.pids });
    await ticker.looks(1);
    const zero = now();
    await first.query('begin; update held set n = 2');
    const waiting = second.query('update held set n = 3');
    await cache.command('set', 'key', 'value');
    for (let n = 0; n < 30; n++) await cache.command('get', 'key');
    await ticker.looks(3);
    process.kill(killed.pid, 'SIGKILL');
    await first.query('rollback');
    await waiting;
    heldByApp = await db.connections();
    await ticker.looks(3);
    recording = recordingOf({ operations: [], ...(await observer.finish(zero)) });
    await Promise.all([first.end(), second.end(), ...apps.map((app) => app.stop())]);
  });

  test('one that leaks shows it in its heap and its memory', () => {
    for (const name of ['heap used', 'memory']) {
      const values = found(recording, 'leaking', name).values.filter((value) => !Number.isNaN(value));
      expect((values.at(-1) ?? 0) - (values[0] ?? 0), name).toBeGreaterThan(5e6);
    }
    expect(most(recording, 'leaking', 'garbage collection')).toBeGreaterThan(0);
    expect(most(recording, 'leaking', 'cpu')).toBeGreaterThan(0);
  });

  test('one that blocks its event loop for 300 ms shows a delay of as much, though npm started it', () => {
    expect(most(recording, 'blocking', 'event-loop delay max')).toBeGreaterThan(250);
    expect(most(recording, 'blocking', 'event-loop utilisation')).toBeGreaterThan(10);
    expect(answers.blocking).toMatch(/^--max-old-space-size=123 --require "/);
  });

  test('one that is not Node, or is not to be probed, has CPU and memory and nothing else', () => {
    for (const app of ['python', 'private']) {
      expect(namesOf(recording).filter((name) => name.startsWith(app))).toEqual([`${app}: cpu`, `${app}: memory`]);
    }
    expect(answers.private).not.toContain('--require');
  });

  test('one that is killed leaves what it had sampled, and then NaN', () => {
    const { values } = found(recording, 'killed', 'heap used');
    expect(values[0]).toBeGreaterThan(1e6);
    expect(values.at(-1)).toBeNaN();
    expect(found(recording, 'killed', 'memory').values.at(-1)).toBeNaN();
  });

  test('a database tells what its connections do, which wait for locks, and where its time went', () => {
    for (const name of ['lock waits', 'idle in transaction', 'active connections']) {
      expect(most(recording, 'db', name), name).toBe(1);
    }
    expect(most(recording, 'db', 'longest transaction')).toBeGreaterThan(300);
    expect(recording.statements[0]).toMatchObject({ subject: 'db', text: 'update held set n = $1', calls: 2 });
    expect(recording.statements[0]?.total).toBeGreaterThan(500);
    expect(heldByApp).toBe(2);
  });

  test('a Redis tells of its commands and hits', () => {
    expect(most(recording, 'cache', 'keyspace hits')).toBe(100);
    expect(addUpRates(found(recording, 'cache', 'commands'), everything)).toBeGreaterThan(20);
  });

  test("machine, generator and servers have CPU and memory, the generator's without that of the others", () => {
    expect(namesOf(recording)).toEqual(
      expect.arrayContaining(['machine: cpu', 'machine: cores', 'generator: cpu', 'db: memory', 'cache: cpu']),
    );
    expect(most(recording, 'machine', 'cores')).toBeGreaterThan(0);
    expect(most(recording, 'generator', 'memory') / process.memoryUsage.rss()).toBeGreaterThan(0.5);
    expect(most(recording, 'generator', 'memory') / process.memoryUsage.rss()).toBeLessThan(1.5);
  });

  test("a user's own service has its facts, and disturbs nothing when it fails", () => {
    expect(namesOf(recording)).toContain('queue: backlog');
    expect(recording.notes.find((note) => note.startsWith('queue'))).toMatch(
      /^queue could not be asked how it was doing \d+ of \d+ times .*: it is away$/,
    );
  });
});

test('a probed app with nothing left to do ends, and has printed nothing of ours', async () => {
  await expect(start('short', ['node', '-e', '0'], { ready: /never/ })).rejects.toThrow(
    /ended with exit code 0 .*; it printed nothing$/,
  );
});

test('a crash of the database and a paused Redis are NaN while they last, and no error', async () => {
  const app = await start('app', ['node', main]);
  onTestFinished(() => app.stop());
  const ticker = new Ticker();
  const load = {
    ...{ name: 'nothing but time', duration: undefined },
    run: async ({ onZero }: { onZero: (zero: number) => void }) => {
      onZero(now() + 50);
      await ticker.looks(2);
      for (let n = 0; n < 20; n++) await db.query('begin; update held set n = 4; rollback');
      await sleep(1_100);
      // A backend tells the server of its transactions when the last time was a second ago.
      await db.query('begin; update held set n = 4; rollback');
      await ticker.looks(2);
      await Promise.all([db.kill(), cache.pause()]);
      await ticker.looks(3);
      await Promise.all([db.start(), cache.resume()]);
      await db.readyToServe(10_000);
      await ticker.looks(3);
      const { columns, generator } = recordingOf({ operations: [] });
      return { columns, generator, duration: 4_000 };
    },
  };
  const recording = await experiment(
    { load },
    {
      ...{
        app,
        services: [db, cache, ticker as unknown as Service],
        others: () => stack.pids,
        seed: 1,
        signal: new AbortController().signal,
      },
      ...{ onPhase: () => undefined, onProgress: () => undefined },
    },
  );
  for (const [service, name] of [
    ['db', 'idle connections'],
    ['cache', 'connected clients'],
  ] as const) {
    const { values } = found(recording, service, name);
    expect(values.some(Number.isNaN), service).toBe(true);
    const wentAway = values.findIndex(Number.isNaN);
    expect(
      values.slice(wentAway).some((value) => value > 0 || value === 0),
      service,
    ).toBe(true);
    expect(values.slice(0, wentAway).length, service).toBeGreaterThan(0);
    expect(recording.notes.join('\n')).toContain(`${service} could not be asked how it was doing`);
  }
  const rolledBack = addUpRates(found(recording, 'db', 'transactions rolled back'), everything);
  expect(rolledBack).toBeGreaterThan(0);
  expect(rolledBack).toBeLessThan(40);
  expect(found(recording, 'app', 'event-loop delay max').values).not.toEqual([]);
});

async function connected(): Promise<Client> {
  const client = new Client({ connectionString: db.url });
  await client.connect();
  return client;
}

/** Counts how often an observer looked. */
class Ticker {
  readonly name = 'ticker';
  #looks = 0;

  async facts() {
    this.#looks++;
    return { facts: [] };
  }

  async looks(more: number): Promise<void> {
    const enough = this.#looks + more;
    while (this.#looks < enough) await sleep(10);
  }
}

/** A service of the user's own that can be asked once. */
function broken(): Service {
  let asked = 0;
  const queue = {
    ...{ name: 'queue', kind: 'queue', url: '', directUrl: '' },
    facts: async () => {
      asked++;
      if (asked > 1) throw new Error('it is away');
      return { facts: [{ name: 'backlog', unit: 'count', value: 7 }] };
    },
  };
  return queue as unknown as Service;
}
