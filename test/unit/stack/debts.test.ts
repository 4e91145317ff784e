import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { FaultProxy } from '../../../src/proxy/fault-proxy.ts';
import type { Owe, Remedy } from '../../../src/stack/debt.ts';
import { IndebtedProxy } from '../../../src/stack/indebted-proxy.ts';
import { payAll } from '../../../src/stack/pay.ts';
import { processEntry } from '../../../src/stack/processes.ts';

const toxic = { name: 'slow', type: 'latency', stream: 'upstream', attributes: { latency: 9 } } as const;

/** A proxy whose changes are owed in `owed`. */
function indebted(overrides: Partial<FaultProxy> = {}) {
  const owed = new Set<Remedy>();
  const owe: Owe = (_, remedy) => {
    owed.add(remedy);
    return () => owed.delete(remedy);
  };
  const nothing = async () => undefined;
  const plain: FaultProxy = {
    ...{ host: '127.0.0.1', port: 2, canHang: true },
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
  const entry = processEntry(child.pid ?? 0);
  if (!entry) throw new Error('sleep did not start');
  child.kill('SIGSTOP');
  await vi.waitFor(() => expect(processEntry(entry.pid)?.state).toBe('T'));
  const ended = { ...entry, startTime: entry.startTime - 1 };
  const debts = [
    { what: 'a pause', remedy: { resume: entry } },
    { what: 'another', remedy: { resume: ended } },
  ];
  expect(await payAll(debts, undefined)).toEqual([]);
  await vi.waitFor(() => expect(processEntry(entry.pid)?.state).toBe('S'));
});

describe('a server that was to be ended', () => {
  /** What starts a server that says that it ran, and the file in which it does. */
  function server() {
    const folder = mkdtempSync(join(tmpdir(), 'server-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const ran = join(folder, 'ran');
    return { ran, start: { command: 'touch', args: [ran], folder, logFile: join(folder, 'log') } };
  }

  /** A process that runs. */
  function running() {
    const child = spawn('sleep', ['60'], { stdio: 'ignore' });
    onTestFinished(() => void child.kill('SIGKILL'));
    const entry = processEntry(child.pid ?? 0);
    if (!entry) throw new Error('sleep did not start');
    return { child, entry };
  }

  test('is started when it has ended, however long that took', async () => {
    const { ran, start } = server();
    const { child, entry } = running();
    setTimeout(() => child.kill('SIGTERM'), 150);
    const begin = performance.now();
    expect(await payAll([{ what: 'an end', remedy: { start, instead: entry } }], undefined)).toEqual([]);
    expect(performance.now() - begin).toBeGreaterThanOrEqual(149);
    await vi.waitFor(() => expect(existsSync(ran)).toBe(true));
  });

  test('goes on when it had only been stopped for that, and no second one is started', async () => {
    const { ran, start } = server();
    const { child, entry } = running();
    child.kill('SIGSTOP');
    await vi.waitFor(() => expect(processEntry(entry.pid)?.state).toBe('T'));
    const times = { triedFor: 100, endsWithin: 100 };
    expect(await payAll([{ what: 'an end', remedy: { start, instead: entry } }], undefined, times)).toEqual([]);
    expect(processEntry(entry.pid)?.state).toBe('S');
    expect(existsSync(ran)).toBe(false);
  });

  test('is said not to be there when it can not be started', async () => {
    const { start } = server();
    const gone = { ...start, command: join(start.folder, 'nothing') };
    const times = { triedFor: 0, endsWithin: 0 };
    expect(await payAll([{ what: 'an end', remedy: { start: gone } }], undefined, times)).toEqual([
      expect.stringMatching(/^an end was not undone: .*ENOENT/),
    ]);
  });
});
