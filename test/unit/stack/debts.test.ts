import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { FaultProxy } from '../../../src/proxy/fault-proxy.ts';
import { freePort } from '../../../src/proxy/port.ts';
import type { AppHost } from '../../../src/stack/app/app.ts';
import { command } from '../../../src/stack/app/command.ts';
import { launch } from '../../../src/stack/app/standing-app.ts';
import type { DebtRemedy, Owe } from '../../../src/stack/debt.ts';
import { IndebtedProxy } from '../../../src/stack/indebted-proxy.ts';
import { readProcessEntry } from '../../../src/stack/machine/processes.ts';
import { payAll } from '../../../src/stack/reaper/pay.ts';
import { ServerDebt } from '../../../src/stack/runtimes/server-debt.ts';

const toxic = { name: 'slow', type: 'latency', stream: 'upstream', attributes: { latency: 9 } } as const;

/** A proxy whose changes are owed in `owed`. */
function indebted(overrides: Partial<FaultProxy> = {}) {
  const owed = new Set<DebtRemedy>();
  const owe: Owe = (_, remedy) => {
    owed.add(remedy);
    return () => owed.delete(remedy);
  };
  const nothing = async () => undefined;
  const plain: FaultProxy = {
    ...{ host: '127.0.0.1', port: 2, ours: true },
    ...{ disable: nothing, enable: nothing, addToxic: nothing, removeToxic: nothing, hang: nothing },
    ...{ release: nothing, redirect: nothing, restore: nothing, traffic: nothing, reset: nothing },
    ...overrides,
  };
  const where = { url: 'http://127.0.0.1:1/proxies/db', upstream: '127.0.0.1:3' };
  return { proxy: new IndebtedProxy(plain, 'db', where, owe), owed };
}

const asItWas = {
  request: {
    method: 'POST',
    url: 'http://127.0.0.1:1/proxies/db',
    body: { enabled: true, listen: '127.0.0.1:2', upstream: '127.0.0.1:3' },
  },
};

test('a change of the wire is owed while it lasts', async () => {
  const { proxy, owed } = indebted();
  await proxy.disable();
  expect([...owed]).toEqual([asItWas]);
  await proxy.disable();
  expect(owed.size).toBe(1);
  await proxy.addToxic(toxic);
  await proxy.hang();
  expect([...owed].slice(1)).toEqual([
    { request: { method: 'DELETE', url: 'http://127.0.0.1:1/proxies/db/toxics/slow' } },
    { request: { method: 'DELETE', url: 'http://127.0.0.1:1/proxies/db/hang' } },
  ]);
  await proxy.enable();
  await proxy.removeToxic('slow');
  await proxy.release();
  expect([...owed]).toEqual([]);
  await proxy.redirect('127.0.0.1:4');
  expect([...owed]).toEqual([asItWas]);
  await proxy.restore();
  expect([...owed]).toEqual([]);
});

test('it is owed before it is made, and still when it can not be taken back', async () => {
  const seen: number[] = [];
  const { proxy, owed } = indebted({
    addToxic: async () => void seen.push(owed.size),
    removeToxic: () => Promise.reject(new Error('no')),
  });
  await proxy.addToxic(toxic);
  expect(seen).toEqual([1]);
  await expect(proxy.removeToxic('slow')).rejects.toThrow('no');
  expect(owed.size).toBe(1);
  await proxy.reset();
  expect(owed.size).toBe(0);
});

test('what was owed last is paid first, and what is not there any more is no problem', async () => {
  const asked: string[] = [];
  const server = createServer(({ method, url }, answer) => {
    asked.push(`${method} ${url}`);
    answer.writeHead(url === '/gone' ? 404 : 200).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const debts = [
    { what: 'one', remedy: { request: { method: 'POST', url: `${at}/first`, body: {} } } },
    { what: 'two', remedy: { request: { method: 'DELETE', url: `${at}/gone` } } },
  ] as const;
  expect(await payAll(debts, undefined)).toEqual([]);
  expect(asked).toEqual(['DELETE /gone', 'POST /first']);
});

test('a process that was stopped goes on, and one that has ended needs nothing', async () => {
  const child = spawn('sleep', ['60'], { stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  const entry = readProcessEntry(child.pid ?? 0);
  if (!entry) throw new Error('sleep did not start');
  child.kill('SIGSTOP');
  await vi.waitFor(() => expect(readProcessEntry(entry.pid)?.state).toBe('T'));
  const ended = { ...entry, startTime: entry.startTime - 1 };
  const debts = [
    { what: 'a pause', remedy: { resume: entry } },
    { what: 'another', remedy: { resume: ended } },
  ];
  expect(await payAll(debts, undefined)).toEqual([]);
  await vi.waitFor(() => expect(readProcessEntry(entry.pid)?.state).toBe('S'));
});

describe('a server that was to be ended', () => {
  const times = { triedFor: 5_000, endsWithin: 5_000 };

  /** What starts a server that listens, and the file in which it leaves its pid. */
  async function server() {
    const folder = mkdtempSync(join(tmpdir(), 'server-'));
    const [port, ran] = [await freePort(), join(folder, 'ran')];
    onTestFinished(() => {
      if (existsSync(ran)) process.kill(Number(readFileSync(ran, 'utf8')), 'SIGKILL');
      rmSync(folder, { recursive: true });
    });
    const listening = `require('fs').writeFileSync('${ran}', String(process.pid));
      require('net').createServer().listen(${port}, '127.0.0.1')`;
    const start = { port, command: process.execPath, args: ['-e', listening], folder, logFile: join(folder, 'log') };
    return { ran, start };
  }

  /** A process that runs and does on SIGTERM what it is told to. */
  async function running(onTerm: string) {
    const script = `process.on('SIGTERM', () => { ${onTerm} }); setInterval(() => {}, 1000); console.log('there')`;
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'ignore'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    await once(child.stdout, 'data');
    const entry = readProcessEntry(child.pid ?? 0);
    if (!entry) throw new Error('it did not start');
    return { child, entry };
  }

  test('is ended first when it still runs, however little of its end had come about, and then started', async () => {
    const { ran, start } = await server();
    const { child, entry } = await running('setTimeout(() => process.exit(7), 200)');
    const exited = once(child, 'exit');
    child.kill('SIGSTOP');
    const remedy = { start, ending: { process: entry, by: 'SIGTERM' } } as const;
    expect(await payAll([{ what: 'an end', remedy }], undefined, times)).toEqual([]);
    expect(await exited).toEqual([7, null]);
    expect(existsSync(ran)).toBe(true);
  });

  test('is killed and started when its orderly end takes too long', async () => {
    const { ran, start } = await server();
    const { child, entry } = await running('');
    const exited = once(child, 'exit');
    const remedy = { start, ending: { process: entry, by: 'SIGTERM' } } as const;
    expect(await payAll([{ what: 'an end', remedy }], undefined, { ...times, endsWithin: 100 })).toEqual([]);
    expect(await exited).toEqual([null, 'SIGKILL']);
    expect(existsSync(ran)).toBe(true);
  });

  test('is let be when it was started again already, and so is whoever has its pid now', async () => {
    const { start } = await server();
    const { entry } = await running('process.exit(9)');
    expect(await payAll([{ what: 'a start', remedy: { start } }], undefined, times)).toEqual([]);
    rmSync(start.logFile);
    const before = { ...entry, startTime: entry.startTime - 1 };
    const remedy = { start, ending: { process: before, by: 'SIGTERM' } } as const;
    expect(await payAll([{ what: 'an end', remedy }], undefined, { ...times, endsWithin: 100 })).toEqual([]);
    // Nothing was started again.
    expect(existsSync(start.logFile)).toBe(false);
    expect(readProcessEntry(entry.pid)?.startTime).toBe(entry.startTime);
  });

  test('is said not to be there when it can not be started, or ends at once', async () => {
    const { start } = await server();
    const debts = [
      { what: 'one', remedy: { start: { ...start, command: join(start.folder, 'nothing') } } },
      { what: 'another', remedy: { start: { ...start, args: ['-e', 'process.exit(3)'] } } },
    ];
    expect(await payAll(debts, undefined, { ...times, triedFor: 0 })).toEqual([
      expect.stringMatching(/^another was not undone: .* ended with 3; why is in .*log$/),
      expect.stringMatching(/^one was not undone: .*ENOENT/),
    ]);
  });
});

describe('a container', () => {
  const id = 'c0ffee';

  /** An engine with one container, what it was asked to do, and how the container is. */
  async function engine(orders: (order: string, state: State) => void) {
    const state: State = { Running: true, Paused: false, StartedAt: 'first' };
    const asked: string[] = [];
    const api = createServer(({ method, url = '' }, answer) => {
      if (method === 'GET') return void answer.end(JSON.stringify({ State: state }));
      const order = url.replace(`/containers/${id}/`, '');
      asked.push(order);
      orders(order, state);
      answer.writeHead(204).end();
    }).listen(0, '127.0.0.1');
    await once(api, 'listening');
    onTestFinished(() => void api.close());
    const { port } = api.address() as AddressInfo;
    return { state, asked, address: { host: '127.0.0.1', port } };
  }

  interface State {
    Running: boolean;
    Paused: boolean;
    StartedAt: string;
  }

  const again = (order: string, state: State) => {
    // An engine takes the start of what runs for done.
    if (order === 'start' && !state.Running) Object.assign(state, { Running: true, StartedAt: 'second' });
    if (order === 'unpause') state.Paused = false;
  };
  const startContainer = { id, by: 'SIGTERM', startedAt: 'first' } as const;
  const times = { triedFor: 0, endsWithin: 2_000 };

  test('in the middle of its end is started when that is over, and not before', async () => {
    const { state, asked, address } = await engine((order, container) => {
      again(order, container);
      if (order.startsWith('kill')) setTimeout(() => Object.assign(container, { Running: false }), 250);
    });
    expect(await payAll([{ what: 'an end', remedy: { startContainer } }], address, times)).toEqual([]);
    expect(asked).toEqual(['kill?signal=SIGTERM', 'start']);
    expect(state).toMatchObject({ Running: true, StartedAt: 'second' });
  });

  test('that stands still goes on to its end, and one that does not end is killed', async () => {
    const { state, asked, address } = await engine((order, container) => {
      again(order, container);
      if (order.endsWith('SIGKILL')) container.Running = false;
    });
    state.Paused = true;
    const remedy = { startContainer };
    expect(await payAll([{ what: 'an end', remedy }], address, { ...times, endsWithin: 100 })).toEqual([]);
    expect(asked).toEqual(['unpause', 'kill?signal=SIGTERM', 'kill?signal=SIGKILL', 'start']);
    expect(state).toEqual({ Running: true, Paused: false, StartedAt: 'second' });
  });

  test('that was started again already is let be', async () => {
    const { state, asked, address } = await engine(again);
    state.StartedAt = 'since';
    expect(await payAll([{ what: 'an end', remedy: { startContainer } }], address, times)).toEqual([]);
    expect(asked).toEqual(['start']);
    expect(state).toEqual({ Running: true, Paused: false, StartedAt: 'since' });
  });

  test('that is paused only after who ordered it has gone goes on all the same', async () => {
    const { state, asked, address } = await engine(again);
    setTimeout(() => Object.assign(state, { Paused: true }), 150);
    expect(await payAll([{ what: 'a pause', remedy: { unpause: id } }], address, times)).toEqual([]);
    expect(asked).toEqual(['unpause']);
    expect(state.Paused).toBe(false);
  });
});

test('a server that was ended is to be started, also when it is told to go on meanwhile', () => {
  const owed = new Set<DebtRemedy>();
  const debt = new ServerDebt('db', (_, remedy) => {
    owed.add(remedy);
    return () => owed.delete(remedy);
  });
  const paused = { unpause: 'c0ffee' } as const;
  const down = { startContainer: { id: 'c0ffee', by: 'SIGKILL', startedAt: 'first' } } as const;
  debt.owePause(paused);
  expect([...owed]).toEqual([paused]);
  debt.settlePause();
  expect([...owed]).toEqual([]);
  debt.owePause(paused);
  debt.oweEnd(down);
  debt.settlePause();
  expect([...owed]).toEqual([down]);
  debt.settle();
  expect([...owed]).toEqual([]);
});

test('that an app is to end is owed before its process is there, and until it has ended', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'app-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const owed: DebtRemedy[] = [];
  const seen: string[] = [];
  const host: AppHost = {
    ...{ folder, marker: randomUUID() },
    track: (pid) => void seen.push(`${pid > 0 ? 'a process' : 'none'}, ${owed.length} owed`),
    owe: (_, remedy) => {
      owed.push(remedy);
      return () => void owed.splice(owed.indexOf(remedy), 1);
    },
  };
  const app = await launch(command(['sleep', '60'], { ready: async () => true }), host);
  expect(seen).toEqual(['a process, 1 owed']);
  const entry = readProcessEntry(app.pid);
  expect(owed).toEqual([
    { end: { marker: expect.stringContaining(host.marker), process: expect.objectContaining({ pid: entry?.pid }) } },
  ]);
  await app.kill();
  expect(owed).toEqual([]);
  await expect(launch(command(['/no/such/program'], { ready: /./ }), host)).rejects.toThrow('ENOENT');
  expect(owed).toEqual([]);
});
