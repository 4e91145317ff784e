import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, type onTestFinished, test, vi } from 'vitest';
import { isAlive } from '../../src/stack/machine/processes.ts';
import { fixture } from './fixtures/drive.ts';
import { type Belonging, leftInTheEnd, leftOf } from './fixtures/left.ts';

const vitest = join(import.meta.dirname, '..', '..', 'node_modules', 'vitest', 'vitest.mjs');

/** Runs a Vitest of its own until its test holds a stack. */
async function held(whenFinished: typeof onTestFinished, pool: string) {
  const note = join(mkdtempSync(join(tmpdir(), 'held-')), 'held.json');
  const child = spawn(process.execPath, [vitest, 'run', '--root', fixture('held'), '--pool', pool], {
    detached: true,
    env: { ...process.env, HELD: note },
    stdio: 'ignore',
  });
  const main = child.pid ?? 0;
  let pids = [main];
  whenFinished(() => {
    rmSync(join(note, '..'), { recursive: true });
    for (const pid of pids.filter(isAlive)) process.kill(pid, 'SIGKILL');
  });
  const held = await vi.waitFor(() => JSON.parse(readFileSync(note, 'utf8')) as Belonging, {
    timeout: 30_000,
    interval: 50,
  });
  pids = [...new Set([main, ...held.pids])];
  return { main, belonging: { ...held, pids } };
}

// Side by side: each has a Vitest and a stack of its own, and mostly waits.
test.concurrent.for([
  ['forks', 'SIGKILL'],
  ['forks', 'SIGTERM'],
  ['threads', 'SIGKILL'],
  ['threads', 'SIGTERM'],
] as const)(
  'Vitest (%s) that dies of %s in the middle of a test leaves nothing',
  async ([pool, signal], { onTestFinished }) => {
    const { main, belonging } = await held(onTestFinished, pool);
    expect(leftOf(belonging)).toHaveLength(belonging.pids.length + 1);
    process.kill(main, signal);
    expect(await leftInTheEnd(belonging)).toEqual([]);
  },
);

test.concurrent('Vitest that is interrupted by Ctrl-C, forks and all, leaves nothing', async ({ onTestFinished }) => {
  const { main, belonging } = await held(onTestFinished, 'forks');
  process.kill(-main, 'SIGINT');
  expect(await leftInTheEnd(belonging)).toEqual([]);
});
