import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { AppEnd, AppHost } from '../../src/stack/app/app.ts';
import { type CommandOptions, command } from '../../src/stack/app/command.ts';
import { launch, type StandingApp } from '../../src/stack/app/standing-app.ts';
import { isAlive, readProcessEntry } from '../../src/stack/machine/processes.ts';

const main = join(import.meta.dirname, 'fixtures', 'app.ts');
let host: AppHost & { readonly tracked: number[] };

beforeEach(() => {
  const tracked: number[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'breaking-point-test-'));
  host = { folder, marker: `test-${folder}`, tracked, track: (pid) => tracked.push(pid) };
});

afterEach(() => {
  rmSync(host.folder, { recursive: true });
  const left = host.tracked.filter(isAlive);
  for (const pid of left) process.kill(pid, 'SIGKILL');
  expect(left).toEqual([]);
});

async function start(how: string, options: Partial<CommandOptions> = {}): Promise<StandingApp> {
  const app = await launch(command(['node', main, how], { ready: '/health', ...options }), host);
  onTestFinished(() => app.stop());
  return app;
}

/** The message of the failure to start. */
async function failure(argv: string[], options: CommandOptions): Promise<string> {
  try {
    await (await launch(command(argv, options), host)).stop();
  } catch (error) {
    return (error as Error).message;
  }
  return 'it started';
}

describe('an app that starts', () => {
  test('is ready when its path answers 2xx, and is told its port and environment', async () => {
    const app = await start('well', { env: { GREETING: 'hello' }, cwd: tmpdir() });
    const answer = (await (await app.fetch('/where?a=1')).json()) as object;
    expect(answer).toEqual({ PORT: String(app.port), GREETING: 'hello', cwd: tmpdir(), url: '/where?a=1' });
    expect(app.url).toBe(`http://127.0.0.1:${app.port}`);
    expect(host.tracked).toEqual([app.pid]);
    await app.stop();
  });

  test('is ready when its output matches', async () => {
    const app = await start('well', { ready: /listening on (\d+)/g });
    expect(app.output()).toBe(`listening on ${app.port}`);
    await app.stop();
  });

  test('is ready when its function resolves, after rejections and false', async () => {
    let looks = 0;
    const app = await start('well', {
      ready: async ({ url }) => {
        looks++;
        if (looks === 1) throw new Error('not yet');
        return looks > 2 && (await fetch(`${url}/where`)).ok;
      },
    });
    expect(looks).toBeGreaterThan(2);
    await app.stop();
  });

  test('takes the port that is given', async () => {
    const free = createServer().listen(0, '127.0.0.1');
    await once(free, 'listening');
    const { port } = free.address() as AddressInfo;
    free.close();
    await once(free, 'close');
    const app = await start('well', { port });
    expect(app.port).toBe(port);
    await app.stop();
  });

  test('keeps its output in the folder, two starts in one file', async () => {
    const first = await start('well');
    await first.stop();
    const second = await start('well');
    await second.stop();
    const lines = [first, second].map(({ port }) => `listening on ${port}\n`).join('');
    expect(readFileSync(join(host.folder, 'app.log'), 'utf8')).toBe(lines);
    expect(second.output()).toBe(`listening on ${second.port}`);
  });

  test('answers only to paths of its own', async () => {
    const app = await start('well');
    await expect(app.fetch('//example.invalid/')).rejects.toThrow("must begin with one '/'");
    await app.stop();
  });
});

describe('an app that does not start is one clear error', () => {
  test('when it dies: its exit code, what was waited for and its last 40 lines', async () => {
    const message = await failure(['node', main, 'die'], { ready: '/health' });
    expect(message).toMatch(
      /^app `node .*app\.ts die` ended with exit code 3 before it was ready: waited for GET http:\/\/127.0.0.1:\d+\/health to answer 2xx; its last lines:\nline 21\n/,
    );
    expect(message.split('\n')).toHaveLength(41);
    expect(message.endsWith('line 60')).toBe(true);
  });

  test('when it is not ready in time: what was seen last, and it is ended', async () => {
    const message = await failure(['node', main, 'never'], { ready: '/health', readyTimeout: '2s' });
    expect(message).toMatch(
      /was not ready within 2\.0 s: waited for GET .*\/health to answer 2xx; last: the answer was 503; its last lines:\nlistening on \d+$/,
    );
    expect(host.tracked).toHaveLength(1);
  });

  test('when its ready function never settles', async () => {
    const message = await failure(['node', main, 'well'], { ready: () => new Promise(() => {}), readyTimeout: 700 });
    expect(message).toContain('was not ready within 700 ms: waited for its ready function to resolve');
  });

  test('when there is no such program', async () => {
    const message = await failure(['no-such-program', '--x'], { ready: '/health' });
    expect(message).toBe(
      'app `no-such-program --x` cannot be started: no such program (ENOENT); install it, correct its name, or give its path',
    );
    expect(host.tracked).toEqual([]);
  });

  test('when its folder does not exist', async () => {
    const message = await failure(['node', main], { ready: '/health', cwd: '/no/such/folder' });
    expect(message).toContain('its cwd /no/such/folder does not exist; correct the option cwd');
  });

  test('when its port is in use, before anything is started', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const message = await failure(['node', main, 'well'], { ready: '/health', port });
    taken.close();
    expect(message).toContain(`was not started: its port ${port} is in use; end the process that listens there`);
    expect(host.tracked).toEqual([]);
  });
});

describe('an app that ends', () => {
  test('by itself tells its listeners, late ones too', async () => {
    const app = await start('well');
    const end = new Promise<AppEnd>((resolve) => app.onExit(resolve));
    await app.fetch('/end');
    expect(await end).toMatchObject({ code: 7, signal: null, asked: false, output: `listening on ${app.port}` });
    let late: AppEnd | undefined;
    app.onExit((seen) => {
      late = seen;
    });
    expect(late?.code).toBe(7);
  });

  test('by stop does so on SIGTERM, as asked', async () => {
    const app = await start('well');
    const end = new Promise<AppEnd>((resolve) => app.onExit(resolve));
    await Promise.all([app.stop(), app.stop()]);
    expect(await end).toMatchObject({ code: null, signal: 'SIGTERM', asked: true });
    expect(isAlive(app.pid)).toBe(false);
  });

  test('by stop has told its listeners when stop resolves', async () => {
    const app = await start('well');
    const ends: AppEnd[] = [];
    app.onExit((end) => ends.push(end));
    const forget = app.onExit((end) => ends.push(end));
    forget();
    await app.stop();
    expect(ends).toHaveLength(1);
  });

  test('after its folder was removed is no error', async () => {
    const app = await start('well');
    rmSync(join(host.folder, 'app.log'));
    await app.stop();
    expect(app.output()).toBe('');
  });

  test('by SIGKILL when it does not heed SIGTERM within 5 s', async () => {
    const app = await start('deaf');
    const end = new Promise<AppEnd>((resolve) => app.onExit(resolve));
    await app.stop();
    expect(await end).toMatchObject({ signal: 'SIGKILL', asked: true });
    expect(app.output()).toContain('deaf');
  });

  test('takes along a child that would stay, in a session of its own', async () => {
    const app = await start('parent');
    const child = Number(/child (\d+)/.exec(app.output())?.[1]);
    expect(isAlive(child)).toBe(true);
    await app.stop();
    expect(isAlive(child)).toBe(false);
  });
});

describe('an app that stands for a test', () => {
  const standing = async () => {
    const app = await launch(command(['node', main, 'well'], { ready: '/health' }), host);
    onTestFinished(() => app.stop());
    return app;
  };

  test('is started anew at its address, whether it runs or has ended', async () => {
    const app = await standing();
    const { url, pid } = app;
    const ends: AppEnd[] = [];
    const forget = app.onExit((end) => ends.push(end));
    await app.restart();
    expect([app.url, app.pid === pid]).toEqual([url, false]);
    expect(ends).toMatchObject([{ asked: true }]);
    await app.fetch('/end');
    await expect.poll(() => ends).toMatchObject([{ asked: true }, { code: 7, asked: false }]);
    // Who asks an app that has ended is told at once, and only once.
    const late: AppEnd[] = [];
    app.onExit((end) => late.push(end));
    expect(late).toMatchObject([{ code: 7 }]);
    forget();
    let away: boolean | undefined;
    await app.restart(async () => {
      away = await app.fetch('/health').then(
        () => false,
        () => true,
      );
    });
    expect(away).toBe(true);
    // Whoever kept the address reaches the new one.
    expect((await fetch(`${url}/health`)).status).toBe(204);
    expect(ends).toHaveLength(2);
    await app.stop();
  });

  test('is killed with all that it started, and comes back at its address', async () => {
    const app = await start('parent');
    const child = Number(/child (\d+)/.exec(app.output())?.[1]);
    const ready: number[] = [];
    app.onReady((at) => ready.push(at));
    await app.kill();
    expect([app.state, isAlive(child), ready]).toEqual(['gone', false, []]);
    await expect(app.fetch('/health')).rejects.toThrow();
    expect(await app.start()).toBe(true);
    expect([app.state, ready.length, (await app.fetch('/health')).status]).toEqual(['runs', 1, 204]);
    await expect(app.start()).rejects.toThrow(/^app runs already \(process \d+\); stop\(\) or kill\(\) it first$/);
    await app.kill();
  });

  test('stands still with all that it started, and is ended all the same', async () => {
    const app = await start('parent');
    const child = Number(/child (\d+)/.exec(app.output())?.[1]);
    await app.pause();
    expect([app.state, readProcessEntry(child)?.state]).toEqual(['paused', 'T']);
    await app.resume();
    expect((await app.fetch('/where')).status).toBe(200);
    await app.pause();
    await app.kill();
    expect([app.state, isAlive(child)]).toEqual(['gone', false]);
  });

  test('that is paused hears a SIGTERM', async () => {
    const app = await standing();
    await app.pause();
    const ends: AppEnd[] = [];
    app.onExit((end) => ends.push(end));
    await app.stop();
    expect(ends).toMatchObject([{ signal: 'SIGTERM', asked: true }]);
  });

  test('is ended for good with its test, whatever a fault wants later', async () => {
    const app = await standing();
    await app.kill();
    await app.end();
    await expect(app.start()).rejects.toThrow('app was ended with its test and cannot be started again');
  });

  test('tells when its port was taken while it was away', async () => {
    const app = await standing();
    await app.kill();
    const thief = createServer().listen(app.port, '127.0.0.1');
    await once(thief, 'listening');
    await expect(app.start()).rejects.toThrow(`its port ${app.port} is in use`);
    thief.close();
    await once(thief, 'close');
    expect(await app.start()).toBe(true);
    await app.stop();
  });

  test('by itself, as often as it ends: each end is told, the pauses grow', async () => {
    const app = await start('well', { restart: 'always' });
    const ends: AppEnd[] = [];
    const ready: number[] = [];
    app.onExit((end) => ends.push(end));
    app.onReady((at) => ready.push(at));
    for (let count = 1; count <= 2; count++) {
      await app.fetch('/end').catch(() => undefined);
      await expect.poll(() => ready.length, { timeout: 10_000 }).toBe(count);
    }
    expect(ends).toMatchObject([{ code: 7, asked: false }, { code: 7 }]);
    const pauses = ready.map((at, index) => at - (ends[index]?.at ?? at));
    expect([(pauses[0] ?? 0) >= 100, (pauses[1] ?? 0) >= 200]).toEqual([true, true]);
    await app.stop();
    expect(app.state).toBe('gone');
  });
});
