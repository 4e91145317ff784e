import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { startServer } from '../../src/proxy/api/server.ts';
import { freePort } from '../../src/proxy/port.ts';
import { client, echo, type Peer, upstream } from './fixtures/tcp.ts';

const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

/** A line of the log. */
type Line = Readonly<Record<string, unknown>>;

interface Running {
  readonly child: ChildProcess;
  /** Exit code and signal, once all that it printed is here. */
  readonly exit: Promise<unknown[]>;
  /** Where its API answers, as its log says. */
  readonly url: string;
  /** The lines of its log from that one on. */
  readonly lines: () => Line[];
}

function spawned(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [cli, 'proxy', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const printed = { stdout: '', stderr: '' };
  child.stdout.on('data', (data: Buffer) => {
    printed.stdout += data.toString();
  });
  child.stderr.on('data', (data: Buffer) => {
    printed.stderr += data.toString();
  });
  return { child, printed };
}

async function started(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Running> {
  const { child, printed } = spawned(['--port', '0', ...args], env);
  const lines = () =>
    printed.stdout
      .trim()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Line);
  const listens = () => lines().find(({ message }) => message === 'The fault proxy listens');
  await expect.poll(() => listens() ?? printed.stderr, { timeout: 10_000 }).toMatchObject({ level: 'info' });
  return { child, exit: once(child, 'close'), url: String(listens()?.url), lines };
}

/** What it says on stderr, and its exit code, when it does not start. */
async function refused(...args: string[]): Promise<{ said: string; code: unknown }> {
  const { child, printed } = spawned(args);
  const [code] = (await once(child, 'close')) as [number];
  expect(printed.stdout).toBe('');
  return { said: printed.stderr, code };
}

async function configFile(content: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'proxy-command-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'proxies.json');
  await writeFile(file, content);
  return file;
}

const post = (url: string, body: unknown) => fetch(url, { method: 'POST', body: JSON.stringify(body) });
/** A line without its time, which every line has. */
const withoutTime = ({ time, ...line }: Line) => {
  expect(time).toMatch(/^\d{4}-\d\d-\d\dT/);
  return line;
};

test('the proxies of the config file are there when it says that it listens', async () => {
  const { address } = await upstream(echo);
  const listen = `127.0.0.1:${await freePort()}`;
  const config = await configFile(JSON.stringify([{ name: 'a', listen, upstream: address }]));
  const { url, lines } = await started(['--config', config]);
  const one = await client(Number(listen.split(':')[1]));
  one.socket.write('hello');
  await one.has(5);
  expect(one.text).toBe('hello');
  expect(await (await fetch(`${url}/proxies/a`)).json()).toMatchObject({ listen, enabled: true });
  expect(lines().map(({ message }) => message)).toEqual(['Populated', 'The fault proxy listens']);
});

test('it writes a line for each change, for each one refused, and none for a question', async () => {
  const { url, lines } = await started(['--seed', '7']);
  const proxy = { name: 'a', listen: '127.0.0.1:0', upstream: '127.0.0.1:9', enabled: false };
  await post(`${url}/proxies`, proxy);
  await post(`${url}/proxies/a/toxics`, { type: 'latency', attributes: { latency: 5 } });
  await post(`${url}/proxies/a/toxics/latency_downstream`, { toxicity: 0.5 });
  await post(`${url}/proxies/a/toxics`, { type: 'no such' });
  await fetch(`${url}/proxies`);
  await fetch(`${url}/proxies/a/toxics/latency_downstream`, { method: 'DELETE' });
  await post(`${url}/reset`, {});
  await fetch(`${url}/proxies/a`, { method: 'DELETE' });
  const toxic = { name: 'latency_downstream', type: 'latency', stream: 'downstream' };
  await expect
    .poll(() => lines().map(withoutTime))
    .toMatchObject([
      { level: 'info', message: 'The fault proxy listens', url, seed: 7 },
      { level: 'info', message: 'Created proxy', url: '/proxies', ...proxy },
      { level: 'info', message: 'Added toxic', url: '/proxies/a/toxics', ...toxic, attributes: { latency: 5 } },
      { level: 'info', message: 'Updated toxic', ...toxic, toxicity: 0.5 },
      { level: 'warn', message: 'Refused', method: 'POST', status: 400, error: 'invalid toxic type' },
      { level: 'info', message: 'Removed toxic', url: '/proxies/a/toxics/latency_downstream' },
      { level: 'info', message: 'Reset all proxies', url: '/reset' },
      { level: 'info', message: 'Deleted proxy', url: '/proxies/a' },
    ]);
});

test('LOG_LEVEL says from which level on lines are written', async () => {
  const debug = await started([], { LOG_LEVEL: 'DEBUG' });
  await fetch(`${debug.url}/version`);
  const question = { level: 'debug', message: 'Answered', method: 'GET', url: '/version', status: 200 };
  await expect.poll(() => debug.lines().map(withoutTime)).toContainEqual(question);

  const port = await freePort();
  const { child, printed } = spawned(['--port', String(port)], { LOG_LEVEL: 'error' });
  const url = `http://127.0.0.1:${port}`;
  await expect.poll(() => fetch(url).then(({ status }) => status, String), { timeout: 10_000 }).toBe(404);
  expect((await post(`${url}/proxies`, { name: 'a', upstream: '127.0.0.1:9' })).status).toBe(201);
  expect((await post(`${url}/proxies`, { name: 'a' })).status).toBe(400);
  child.kill('SIGTERM');
  await once(child, 'close');
  expect(printed).toEqual({ stdout: '', stderr: '' });
});

test('an unknown LOG_LEVEL is said and taken for info', async () => {
  const { child, printed } = spawned(['--port', '0'], { LOG_LEVEL: 'loud' });
  await expect.poll(() => printed.stdout, { timeout: 10_000 }).toContain('"level":"info"');
  child.kill('SIGTERM');
  await once(child, 'close');
  expect(printed.stderr).toMatch(/^LOG_LEVEL must be trace, .* got "loud", taken for info\n$/);
});

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s closes the listeners, cuts the connections and ends it with code 0',
  async (signal) => {
    const { child, exit, url, lines } = await started([]);
    const answer = await post(`${url}/proxies`, { name: 'a', upstream: (await upstream(echo)).address });
    const { listen } = (await answer.json()) as { listen: string };
    const port = Number(listen.replace(/.*:/, ''));
    const one = await client(port);
    child.kill(signal);
    expect(await exit).toEqual([0, null]);
    await one.closed;
    await expect(client(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(lines().at(-1)).toMatchObject({ level: 'info', message: 'Shutdown started' });
  },
);

test('it goes on when whoever read its log has ended', async () => {
  const { child, url } = await started([]);
  child.stdout?.destroy();
  for (const name of ['a', 'b']) await post(`${url}/proxies`, { name, upstream: '127.0.0.1:9', enabled: false });
  expect(Object.keys((await (await fetch(`${url}/proxies`)).json()) as object)).toEqual(['a', 'b']);
});

test('the same seed lets a toxicity hit the same connections again, at once or one by one, another seed others', async () => {
  const { address } = await upstream(echo);
  /** Whether a connection that sends is closed. */
  const isHit = async (one: Peer) => {
    one.socket.write('x');
    await Promise.race([one.has(1).catch(() => {}), one.closed]);
    return one.socket.closed;
  };
  /** Which of 24 connections a `limit_data` of toxicity 0.5 closed. */
  const hits = async (seed: string, order: 'one by one' | 'at once') => {
    const { url } = await started(['--seed', seed]);
    const answer = await post(`${url}/proxies`, { name: 'a', listen: '127.0.0.1:0', upstream: address });
    const port = Number(((await answer.json()) as { listen: string }).listen.replace(/.*:/, ''));
    // A toxic that rolls as well, on some runs: it has dice of its own.
    if (order === 'at once') await post(`${url}/proxies/a/toxics`, { type: 'noop', toxicity: 0.5, stream: 'upstream' });
    await post(`${url}/proxies/a/toxics`, { type: 'limit_data', toxicity: 0.5, attributes: { bytes: 0 } });
    const numbers = Array.from({ length: 24 }, (_, number) => number);
    if (order === 'at once') return Promise.all((await Promise.all(numbers.map(() => client(port)))).map(isHit));
    const seen: boolean[] = [];
    for (const _ of numbers) seen.push(await isHit(await client(port)));
    return seen;
  };
  const first = await hits('1', 'one by one');
  expect(new Set(first).size).toBe(2);
  expect(await hits('1', 'at once')).toEqual(first);
  expect(await hits('2', 'one by one')).not.toEqual(first);
});

test('without a seed it takes one and says which', async () => {
  const seeds = [];
  for (let time = 0; time < 2; time += 1) seeds.push((await started([])).lines()[0]?.seed);
  expect(seeds).toEqual([expect.any(Number), expect.any(Number)]);
  expect(seeds[0]).not.toBe(seeds[1]);
});

test('a wrong option is one line and code 1', async () => {
  expect(await refused('--port', '70000')).toEqual({
    said: '--port must be a whole number in [0, 65535], 0 for any free port; got 70000\n',
    code: 1,
  });
  expect(await refused('--seed', '-1')).toEqual({
    said: '--seed must be a whole number in [0, 4294967295]; got -1\n',
    code: 1,
  });
});

test('a port in use is one line and code 1', async () => {
  const { address } = await upstream();
  expect(await refused('--port', address.replace(/.*:/, ''))).toEqual({
    said: `${address} is in use: choose another --port, or end what listens there (ss -ltnp)\n`,
    code: 1,
  });
});

test('a server that cannot start leaves no proxy of its config listening', async () => {
  const { address } = await upstream();
  const port = await freePort();
  const good = { name: 'a', listen: `127.0.0.1:${port}`, upstream: address };
  const start = (apiPort: number, proxies: readonly object[]) =>
    startServer({ host: '127.0.0.1', port: apiPort, config: Buffer.from(JSON.stringify(proxies)) });
  await expect(start(Number(address.replace(/.*:/, '')), [good])).rejects.toMatchObject({ code: 'EADDRINUSE' });
  await expect(client(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  await expect(start(0, [good, { ...good, name: 'b', listen: address }])).rejects.toThrow('address already in use');
  await expect(client(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

test('a config file that is missing, no JSON or wrong is one line and code 1', async () => {
  const missing = await refused('--port', '0', '--config', 'no-such.json');
  expect(missing).toEqual({
    said: expect.stringMatching(/^--config no-such\.json cannot be read: ENOENT.*\n$/),
    code: 1,
  });

  const { address } = await upstream();
  const good = { name: 'a', listen: '127.0.0.1:0', upstream: address };
  for (const [content, why] of [
    ['not JSON', /bad request body: /],
    ['{"name":"a"}', /bad request body: /],
    [JSON.stringify([good, { name: 'b', listen: '127.0.0.1:0' }]), /missing required field: upstream at proxy 2/],
    [JSON.stringify([good, { ...good, name: 'b', listen: address }]), /address already in use/],
  ] as const) {
    const { said, code } = await refused('--port', '0', '--config', await configFile(content));
    expect(said).toMatch(why);
    expect(said).toMatch(/^--config .*proxies\.json was refused: [^\n]* It must be an array of proxies[^\n]*\n$/);
    expect(code).toBe(1);
  }
});
