import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ExpectStatic, type OnTestFinishedHandler, test, vi } from 'vitest';
import { isAlive } from '../../src/stack/processes.ts';
import { segments } from '../../src/stack/shared-memory.ts';
import { fixture } from './fixtures/drive.ts';

const repository = join(import.meta.dirname, '..', '..');

interface Outage {
  readonly vitest: ChildProcess;
  /** The test's process and all that it started, seen while Postgres was dead and Redis refused. */
  readonly pids: readonly number[];
  /** What is still there of it, as sentences. */
  readonly left: () => string[];
}

/** Runs a Vitest of its own whose test ends in a given way, until its faults are in effect. */
async function outage(way: string, onTestFinished: (end: OnTestFinishedHandler) => void): Promise<Outage> {
  const temporary = mkdtempSync(join(tmpdir(), 'outage-'));
  chmodSync(temporary, 0o711);
  const note = join(temporary, 'note.json');
  const env = {
    ...process.env,
    TMPDIR: temporary,
    REPOSITORY: repository,
    WAY: way,
    NOTE: note,
    BREAKING_POINT_RESULTS: join(temporary, 'results'),
  };
  const args = [join(repository, 'node_modules/vitest/vitest.mjs'), 'run', '--root', fixture('outage')];
  const vitest = spawn(process.execPath, args, { detached: true, env, stdio: 'ignore' });
  const main = vitest.pid ?? 0;
  let pids = [main];
  onTestFinished(() => {
    for (const pid of pids.filter(isAlive)) process.kill(pid, 'SIGKILL');
    rmSync(temporary, { recursive: true, force: true });
  });
  pids = [
    main,
    ...(await vi.waitFor(() => JSON.parse(readFileSync(note, 'utf8')) as number[], { timeout: 40_000, interval: 50 })),
  ];
  return {
    vitest,
    pids,
    left: () => [
      ...pids.filter(isAlive).map((pid) => `process ${pid}`),
      ...processesIn(temporary),
      ...readdirSync(temporary).filter((name) => name.startsWith('breaking-point-')),
      ...segments()
        .filter(({ creator }) => pids.includes(creator))
        .map(({ id }) => `segment ${id}`),
    ],
  };
}

/** Processes that work in a folder: Postgres, Redis, and whatever was started after the note was written. */
function processesIn(folder: string): string[] {
  if (!existsSync('/proc/self/cwd')) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const environment = readFileSync(`/proc/${pid}/environ`, 'latin1');
        return environment.includes(`TMPDIR=${folder}`) ? [`process ${pid} of ours`] : [];
      } catch {
        // It ended while we looked.
        return [];
      }
    });
}

const nothingLeft = async ({ left }: Outage, expect: ExpectStatic) => {
  await vi.waitFor(() => expect(left()).toEqual([]), { timeout: 15_000, interval: 50 });
};

// Side by side: each has a Vitest and a stack of its own, and mostly waits.
test.concurrent.for(['success', 'failure', 'time-out'])(
  'a test that ends by %s, faults and all, leaves nothing',
  async (way, { expect, onTestFinished }) => {
    const ending = await outage(way, onTestFinished);
    const [code] =
      ending.vitest.exitCode === null ? ((await once(ending.vitest, 'exit')) as [number]) : [ending.vitest.exitCode];
    expect(code).toBe(way === 'success' ? 0 : 1);
    await nothingLeft(ending, expect);
  },
);

test.concurrent.for(['SIGKILL', 'SIGTERM'] as const)(
  'a Vitest that dies of %s in the middle of an outage leaves nothing',
  async (signal, { expect, onTestFinished }) => {
    const ending = await outage(signal, onTestFinished);
    expect(ending.left().length).toBeGreaterThan(5);
    ending.vitest.kill(signal);
    await nothingLeft(ending, expect);
  },
);

test.concurrent('a Vitest that is interrupted by Ctrl-C in the middle of an outage leaves nothing', async ({
  expect,
  onTestFinished,
}) => {
  const ending = await outage('SIGINT', onTestFinished);
  process.kill(-(ending.vitest.pid ?? 0), 'SIGINT');
  await nothingLeft(ending, expect);
});
