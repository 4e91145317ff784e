import { execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Reaper } from '../../dist/stack/reaper/reaper.js';
import { isAlive, readProcessEntry } from '../../src/stack/machine/processes.ts';
import { listSegments } from '../../src/stack/machine/shared-memory.ts';
import { drive, fixture } from './fixtures/drive.ts';
import { leftInTheEnd, leftOf } from './fixtures/left.ts';

// Side by side: each has a process and a reaper of its own, and mostly waits.
describe('of a process that has a reaper nothing is left', () => {
  test.concurrent.for(['SIGKILL', 'SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'after %s',
    async (signal, { onTestFinished }) => {
      const driver = await drive(onTestFinished, fixture('reaper-driver.ts'), 'wait');
      expect(leftOf(driver)).toHaveLength(driver.pids.length + 2);
      driver.child.kill(signal);
      expect(await leftInTheEnd(driver)).toEqual([]);
    },
  );

  test.concurrent.for(['exit', 'throw'])('after it ends by itself (%s)', async (end, { onTestFinished }) => {
    expect(await leftInTheEnd(await drive(onTestFinished, fixture('reaper-driver.ts'), end))).toEqual([]);
  });

  test.concurrent('after a clean end, which names the processes that were left', async ({ onTestFinished }) => {
    const driver = await drive(onTestFinished, fixture('reaper-driver.ts'), 'close');
    const { ended } = JSON.parse(await driver.line()) as { ended: number[] };
    expect(leftOf(driver).filter((left) => left !== `process ${driver.reaper}`)).toEqual([]);
    expect(new Set(ended)).toEqual(new Set(driver.pids.filter((pid) => pid !== driver.reaper)));
    expect(await leftInTheEnd(driver)).toEqual([]);
  });

  test.concurrent('after SIGKILL to the process that forked it, and the fork is ended too', async ({
    onTestFinished,
  }) => {
    const driver = await drive(onTestFinished, fixture('forker.ts'), fixture('reaper-driver.ts'), 'wait');
    driver.child.kill('SIGKILL');
    expect(await leftInTheEnd({ ...driver, pids: [...driver.pids, driver.driver] })).toEqual([]);
  });

  test.concurrent('when Ctrl-C, SIGTERM and SIGHUP reach the reaper first', async ({ onTestFinished }) => {
    const driver = await drive(onTestFinished, fixture('reaper-driver.ts'), 'wait');
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.kill(driver.reaper, signal);
    driver.child.kill('SIGKILL');
    expect(await leftInTheEnd(driver)).toEqual([]);
  });

  test.concurrent('after a clean end without the reaper, which somebody killed', async ({ onTestFinished }) => {
    const driver = await drive(onTestFinished, fixture('reaper-driver.ts'), 'close-without-reaper');
    await driver.line();
    expect(await leftInTheEnd(driver)).toEqual([]);
  });
});

test('where no folder can be made there is no stack, and the error says where it was to be', async () => {
  await expect(Reaper.start('/proc/breaking-point-nowhere', randomUUID())).rejects.toThrow(
    /^the stack has no folder: .*\/proc\/breaking-point-nowhere'; name another place in TMPDIR$/,
  );
});

test('what belongs to another stack or to nobody is left alone', async () => {
  const other = await drive(onTestFinished, fixture('reaper-driver.ts'), 'wait');
  const bystander = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  const made = /\d+/.exec(execFileSync('ipcmk', ['-M', '4096'], { encoding: 'utf8' }))?.[0] ?? '';
  onTestFinished(() => {
    bystander.kill('SIGKILL');
    execFileSync('ipcrm', ['-m', made]);
  });
  const driver = await drive(onTestFinished, fixture('reaper-driver.ts'), 'wait');
  driver.child.kill('SIGKILL');
  expect(await leftInTheEnd(driver)).toEqual([]);

  expect(leftOf(other)).toHaveLength(other.pids.length + 2);
  expect(isAlive(bystander.pid ?? 0)).toBe(true);
  expect(listSegments().map(({ id }) => id)).toContain(Number(made));
  other.child.kill('SIGKILL');
  expect(await leftInTheEnd(other)).toEqual([]);
});

test('a kept stack outlives its process and ends by a signal to its reaper', async () => {
  const driver = await drive(onTestFinished, fixture('reaper-driver.ts'), 'keep');
  if (driver.child.exitCode === null) await once(driver.child, 'exit');
  // Longer than the reaper's poll.
  await new Promise((resolve) => setTimeout(resolve, 600));
  expect(leftOf(driver)).toHaveLength(driver.pids.length + 2);
  expect(existsSync(driver.folder)).toBe(true);
  process.kill(driver.reaper, 'SIGTERM');
  expect(await leftInTheEnd(driver)).toEqual([]);
});

describe('what a kept stack owes is paid', () => {
  /** A reaper on watch over a process, what it has paid so far, and how it is told of a toxic that it is to take away. */
  async function watched() {
    const paid: string[] = [];
    const api = createServer((request, answer) => {
      paid.push(`${request.method} ${request.url}`);
      answer.end();
    }).listen(0, '127.0.0.1');
    await once(api, 'listening');
    const folder = mkdtempSync(join(tmpdir(), 'breaking-point-test-'));
    const stack = spawn('sleep', ['60'], { stdio: 'ignore' });
    const entry = readProcessEntry(stack.pid ?? 0);
    const order = { folder, marker: randomUUID(), stack: entry, since: Math.floor(Date.now() / 1_000) };
    const main = join(import.meta.dirname, '../../dist/stack/reaper/reaper-main.js');
    const reaper = spawn(process.execPath, [main, JSON.stringify(order)], { stdio: ['pipe', 'pipe', 'ignore'] });
    onTestFinished(() => {
      stack.kill('SIGKILL');
      reaper.kill('SIGKILL');
      api.close();
      rmSync(folder, { recursive: true, force: true });
    });
    await once(reaper.stdout, 'data');
    const say = (line: object) => void reaper.stdin.write(`${JSON.stringify(line)}\n`);
    const url = `http://127.0.0.1:${(api.address() as AddressInfo).port}/toxic`;
    const owe = () => say({ owe: { id: 1, what: 'a toxic', remedy: { request: { method: 'DELETE', url } } } });
    say({ keep: true });
    return { paid, folder, stack, reaper, owe };
  }

  test('when its process is gone, and not while that still ends', async () => {
    const { paid, folder, stack, reaper, owe } = await watched();
    owe();
    reaper.stdin.end();
    // Longer than the reaper's poll.
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(paid).toEqual([]);
    stack.kill('SIGKILL');
    await expect.poll(() => paid, { timeout: 5_000 }).toEqual(['DELETE /toxic']);
    const exited = once(reaper, 'exit');
    reaper.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
    expect(existsSync(folder)).toBe(false);
  });

  test('also where its process was gone before its last words were heard', async () => {
    const { paid, stack, reaper, owe } = await watched();
    stack.kill('SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 600));
    owe();
    reaper.stdin.end();
    await expect.poll(() => paid, { timeout: 5_000 }).toEqual(['DELETE /toxic']);
  });
});
