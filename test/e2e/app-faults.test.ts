import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  arrivals,
  type CommandOptions,
  command,
  crash,
  pause,
  postgres,
  type Recording,
  redis,
  refuse,
  restart,
  type ScheduledFault,
  slow,
} from 'breaking-point';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { experiment } from '../../dist/experiment.js';
import { AppExits } from '../../dist/observe/app-exits.js';
import { launch, type StandingApp } from '../../dist/stack/app/standing-app.js';
import { openStack, type ServicesOf, type Stack } from '../../dist/stack/stack.js';
import { loseNothing } from '../../dist/verdict/checks/lose-nothing.js';
import { stayUp } from '../../dist/verdict/checks/stay-up.js';
import { never, seen } from './fixtures/suffering.ts';

const definitions = { db: postgres(), cache: redis({ appendOnly: true }) };

let stack: Stack<typeof definitions>;
let services: ServicesOf<typeof definitions>;

beforeAll(async () => {
  stack = await openStack({ services: definitions });
});
afterAll(() => stack.close());
beforeEach(async () => {
  services = await stack.fresh();
});

async function start(weakness = 'none', options: Partial<CommandOptions> = {}): Promise<StandingApp> {
  const env = { REDIS_URL: services.cache.url };
  const program = ['node', join(import.meta.dirname, 'fixtures', 'aging-app.ts'), weakness];
  const app = await launch(command(program, { env, ready: '/ready', ...options }), stack);
  onTestFinished(() => app.end());
  return app;
}

/** Orders at a steady rate while the app, or what it stands on, suffers. */
function suffered(app: StandingApp, faults: readonly ScheduledFault[], seconds = 3, rate = 50): Promise<Recording> {
  const load = arrivals({
    rate,
    duration: seconds * 1_000,
    warmUp: '200ms',
    request: ({ n }) => ({ method: 'POST', path: `/order?key=${n}`, key: String(n), name: 'order' }),
  });
  const finalState = async () => {
    const keys = (await services.cache.command('lrange', 'orders', 0, -1)) as string[];
    return keys.map((key) => ({ key }));
  };
  const quiet = () => undefined;
  return experiment(
    { load, faults, finalState, settle: '2s' },
    { app, seed: 1, signal: never, onPhase: quiet, onProgress: quiet },
  );
}

describe('the app', () => {
  test('that is killed is refused until it is ready again at its address, and nobody blames it', async () => {
    const app = await start();
    const recording = await suffered(app, [crash(app).from('1s').to('2s')]);
    const [fault] = recording.faults;
    expect(fault).toMatchObject({ name: 'crash(app)', service: 'app', serviceKind: 'app' });
    expect(fault?.bite).toMatchObject({ connectionsBefore: 1, seenAtStart: true, seenBeforeEnd: true });
    expect(Object.keys(fault?.instants ?? {})).toEqual(['killed', 'start asked', 'ready']);
    expect(recording.exits).toMatchObject([{ signal: 'SIGKILL', asked: true }]);
    expect(recording.exits[0]?.readyAt).toBeGreaterThan(2_000);
    expect(recording.columns.categories).toContain('refused');
    const judgement = stayUp(recording);
    expect(judgement).toMatchObject({ status: 'pass', shown: '0 exits' });
    expect(judgement.because).toMatch(/A fault ended it 1 time, as it was meant to; it was ready again after \d\.\d s/);
    // In the same log, whoever wrote to it.
    expect(app.output()).toBe('listening');
  });

  test('that is stopped gracefully in the middle of load loses nothing that it acknowledged', async () => {
    const app = await start();
    const recording = await suffered(app, [restart(app).at('1s')]);
    expect(recording.exits).toMatchObject([{ code: 0, signal: null, asked: true }]);
    expect([loseNothing(recording).status, stayUp(recording).status]).toEqual(['pass', 'pass']);
  });

  test('that acknowledges before it writes loses what a graceful stop catches', async () => {
    const app = await start('acknowledges early');
    const recording = await suffered(app, [restart(app).at('1s')]);
    expect(loseNothing(recording)).toMatchObject({ status: 'fail', witness: true });
    expect(stayUp(recording).status).toBe('pass');
  });

  test('that is paused keeps its connections, answers late, and loses nothing', async () => {
    const app = await start();
    const recording = await suffered(app, [pause(app).from('1s').to('2s')]);
    expect(recording.faults[0]?.bite).toMatchObject({ seenAtStart: true, seenBeforeEnd: true });
    expect(recording.exits).toEqual([]);
    const { dueAt, endedAt } = recording.columns;
    const during = dueAt.findIndex((due) => due >= 1_200);
    expect(endedAt[during]).toBeGreaterThanOrEqual(2_000);
    expect(loseNothing(recording).status).toBe('pass');
  });

  test('that is slow is seen to stand still most of the time', async () => {
    const app = await start();
    await seen(slow(app, { to: '10%' }));
    await seen(pause(app));
    expect((await app.fetch('/live')).status).toBe(200);
  });
});

describe('the age of the app at a fault', () => {
  test('one that cannot start without Redis exits, as told, when it is started in the outage', async () => {
    const app = await start('cannot start without Redis');
    const { cache } = services;
    const recording = await suffered(app, [refuse(cache).from('500ms').to('5s'), restart(app).at('1s')], 5);
    expect(recording.exits).toMatchObject([{ asked: true }, { code: 1, signal: null }]);
    const judgement = stayUp(recording);
    expect(judgement).toMatchObject({ status: 'fail', witness: true, shown: '1 exit' });
    expect(judgement.because).toMatch(/The app exited with code 1 at \d\.\d s, .* after restart\(app\) began/);
    expect(judgement.because).toContain(', while refuse(cache) lasted.');
    expect(judgement.because).toContain("The app's last output:\n    listening");
  });

  test('one that can start without is ready as soon as Redis is back', async () => {
    const app = await start();
    const { cache } = services;
    const outage = await refuse(cache).inject(never, () => undefined);
    const stopped = await restart(app).inject(never, () => undefined);
    const started = stopped[Symbol.asyncDispose]();
    expect(await readySoon(app)).toBe(false);
    await outage[Symbol.asyncDispose]();
    await started;
    expect(await readySoon(app)).toBe(true);
  });

  test('one that does not get ready in time is told as an exit, and holds nobody up', async () => {
    const app = await start('none', { readyTimeout: '4s' });
    const exits = new AppExits(app);
    const outage = await refuse(services.cache).inject(never, () => undefined);
    const instants: string[] = [];
    const killed = await crash(app).inject(never, (instant) => instants.push(instant));
    await killed[Symbol.asyncDispose]();
    await outage[Symbol.asyncDispose]();
    expect(instants).toEqual(['killed', 'start asked']);
    expect(exits.since(0)).toMatchObject([
      { signal: 'SIGKILL', asked: true },
      {
        code: null,
        signal: null,
        output: 'listening',
        why: expect.stringMatching(
          /was not ready within 4\.0 s: waited for GET .*\/ready to answer 2xx; last: .*503$/,
        ) as string,
      },
    ]);
    exits.stop();
  });

  test('one is hit when it is warm, and exit code 0 is an exit', async () => {
    const app = await start('leaves when warm');
    const recording = await suffered(app, [refuse(services.cache).from('1500ms').to('2500ms')]);
    const { status, because } = stayUp(recording);
    expect(status).toBe('fail');
    expect(because).toMatch(/The app exited with code 0 at \d\.\d s, .* after refuse\(cache\) began/);
    expect(because).toContain('An exit with code 0 is an exit too');
  });

  test('one is hit right after its start', async () => {
    const app = await start('leaves when young');
    const recording = await suffered(app, [refuse(services.cache).from('300ms').to('1300ms')], 2, 10);
    expect(stayUp(recording).because).toMatch(/The app exited with code 2 at .* after refuse\(cache\) began/);
  });

  test('one that bears the loss of Redis when it is warm is hit right after it was started anew, whenever that is', async () => {
    const app = await start('leaves when young');
    const { cache } = services;
    const warm = await suffered(app, [refuse(cache).from('1s').to('2s')], 3);
    expect(stayUp(warm)).toMatchObject({ status: 'pass', shown: '0 exits' });
    const freshStart = restart(app).at('500ms');
    const young = await suffered(app, [freshStart, refuse(cache).after(freshStart).for('1s')], 4, 10);
    expect(stayUp(young)).toMatchObject({ status: 'fail', shown: '1 exit' });
    const [restarted, refused] = young.faults;
    expect(refused?.askedAt).toBeGreaterThanOrEqual(restarted?.healedAt ?? Number.NaN);
    expect(young.exits).toMatchObject([{ code: 0, asked: true }, { code: 2 }]);
    expect(young.exits[1]?.at).toBeGreaterThanOrEqual(refused?.askedAt ?? Number.NaN);
  });

  test('the same fault leaves the one alone that is of the other age', async () => {
    const young = await start('leaves when warm');
    const recording = await suffered(young, [refuse(services.cache).from('300ms').to('1300ms')], 2, 10);
    expect(stayUp(recording)).toMatchObject({ status: 'pass', shown: '0 exits' });
  });
});

async function readySoon(app: StandingApp): Promise<boolean> {
  return app.fetch('/ready').then(
    ({ ok }) => ok,
    () => false,
  );
}

describe('an app that is started again by itself', () => {
  test('is away in between, and each exit is recorded and counts', async () => {
    const app = await start('leaves when warm', { restart: 'always' });
    const faults = [refuse(services.cache).from('1500ms').to('2500ms')];
    const recording = await suffered(app, faults, 4);
    expect(recording.exits).toMatchObject([{ code: 0, signal: null }]);
    const [exit] = recording.exits;
    // Ready only when Redis is there again.
    expect(exit?.at).toBeGreaterThan(1_500);
    expect(exit?.readyAt).toBeGreaterThan(2_500);
    expect(app.state).toBe('runs');
    expect(stayUp(recording)).toMatchObject({ status: 'fail', shown: '1 exit' });
  });

  test('stays down for as long as a fault holds it down', async () => {
    const app = await start('none', { restart: 'always' });
    const injection = await crash(app).inject(never, () => undefined);
    await sleep(300);
    expect(app.state).toBe('gone');
    await injection[Symbol.asyncDispose]();
    expect((await app.fetch('/live')).status).toBe(200);
  });
});

test('an app that uses more memory than its limit is killed, with all that it started, and it is said why', async () => {
  const app = await start('none', { memoryLimit: '200MB' });
  const ended = new Promise<{ signal: string | null; why?: string }>((resolve) => app.onExit(resolve));
  for (let n = 0; n < 4; n++) await app.fetch('/eat?mb=60').catch(() => undefined);
  expect(await ended).toMatchObject({
    signal: 'SIGKILL',
    asked: false,
    why: expect.stringMatching(/^it used 2\d\d MB, more than its memory limit of 200 MB$/) as string,
  });
});

test('what is paused goes on when the run is aborted', async () => {
  const app = await start();
  const over = new AbortController();
  const load = arrivals({ rate: 50, duration: '5s', warmUp: 0, request: ({ n }) => ({ path: `/order?key=${n}` }) });
  const faults = [pause(app).from('500ms').to('4s'), slow(services.db, { to: '50%' }).from('500ms').to('4s')];
  const running = experiment(
    { load, faults },
    {
      app,
      seed: 1,
      signal: over.signal,
      onPhase: (phase) => {
        if (phase.startsWith('pause')) setTimeout(() => over.abort(new Error('cancelled')), 300);
      },
      onProgress: () => undefined,
    },
  );
  await expect(running).rejects.toThrow();
  expect(app.state).toBe('runs');
  expect(await slow(services.db, { to: '50%' }).look()).toMatchObject({ seen: false });
});
