import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, closeSync, existsSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { type ExpectStatic, type OnTestFinishedHandler, test, vi } from 'vitest';
import { isAlive } from '../../src/stack/machine/processes.ts';
import { listSegments } from '../../src/stack/machine/shared-memory.ts';
import { fixture } from './fixtures/drive.ts';
import { type Addresses, healthy, statesOf, suffering } from './fixtures/outage/states.ts';

const repository = join(import.meta.dirname, '..', '..');

/** How long anything is waited for here: a busy machine may be slow, and a wait ends as soon as it comes. */
const patience = { timeout: 60_000, interval: 50 } as const;
/** How long a stack may take to start: longer than its servers have for it, whose own error says more. */
const startsWithin = { ...patience, timeout: 150_000 } as const;
vi.setConfig({ testTimeout: 400_000 });

interface Outage {
  readonly vitest: ChildProcess;
  /** The test's process and all that it started, seen while Postgres was dead and Redis refused. */
  readonly pids: readonly number[];
  /** What is still there of it, as sentences. */
  readonly left: () => string[];
}

/** Runs a Vitest of its own whose test ends in a given way. */
function vitestOf(way: string, more: NodeJS.ProcessEnv = {}) {
  const temporary = mkdtempSync(join(tmpdir(), 'outage-'));
  chmodSync(temporary, 0o711);
  const [note, output] = [join(temporary, 'note.json'), join(temporary, 'output')];
  const env = {
    ...process.env,
    TMPDIR: temporary,
    REPOSITORY: repository,
    WAY: way,
    NOTE: note,
    BREAKING_POINT_RESULTS: join(temporary, 'results'),
    ...more,
  };
  const args = [join(repository, 'node_modules/vitest/vitest.mjs'), 'run', '--root', fixture('outage')];
  const printed = openSync(output, 'a');
  const vitest = spawn(process.execPath, args, { detached: true, env, stdio: ['ignore', printed, printed] });
  closeSync(printed);
  return { vitest, temporary, note, output };
}

/** What the test writes down, once it has come so far. @throws Error with all that was printed, when it ends before */
function noted<T>({
  vitest,
  note,
  output,
}: Pick<ReturnType<typeof vitestOf>, 'vitest' | 'note' | 'output'>): Promise<T> {
  const early = once(vitest, 'exit').then(() => {
    throw new Error(`it ended early: ${readFileSync(output, 'utf8')}`);
  });
  return Promise.race([vi.waitFor(() => JSON.parse(readFileSync(note, 'utf8')) as T, startsWithin), early]);
}

/** Runs one until its faults are in effect. */
async function outage(way: string, onTestFinished: (end: OnTestFinishedHandler) => void): Promise<Outage> {
  const running = vitestOf(way);
  const { vitest, temporary } = running;
  const main = vitest.pid ?? 0;
  let pids = [main];
  onTestFinished(() => {
    for (const pid of pids.filter(isAlive)) process.kill(pid, 'SIGKILL');
    rmSync(temporary, { recursive: true, force: true });
  });
  pids = [main, ...(await noted<number[]>(running))];
  return {
    vitest,
    pids,
    left: () => [
      ...pids.filter(isAlive).map((pid) => `process ${pid}`),
      ...processesIn(temporary),
      ...readdirSync(temporary).filter((name) => name.startsWith('breaking-point-')),
      ...listSegments()
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
  await vi.waitFor(() => expect(left()).toEqual([]), patience);
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

interface Kept {
  /** The test's process. */
  readonly pid: number;
  readonly app: number;
  readonly services: Addresses;
}

/** How the test is brought to its end, and what Vitest says of it. */
const endings: readonly (readonly [string, (main: number, test: number) => void, RegExp])[] = [
  ['a failure', (_, test) => process.kill(test, 'SIGUSR2'), /failed on purpose[\s\S]*1 failed/],
  ['a time-out', (_, test) => process.kill(test, 'SIGUSR2'), /timed out in 500ms[\s\S]*1 failed/],
  ['Ctrl-C', (main) => process.kill(-main, 'SIGINT'), /(?:)/],
  ['SIGKILL', (main) => process.kill(main, 'SIGKILL'), /(?:)/],
];

test.concurrent.for(endings)(
  'a stack that is kept is without any fault after %s in the middle of six',
  async ([way, end, said], { expect, onTestFinished }) => {
    const running = vitestOf(way.replace('a ', ''), { OUTAGE: 'kept.ts', BREAKING_POINT_KEEP: '1' });
    const { vitest, temporary, output } = running;
    let reaper = 0;
    onTestFinished(async () => {
      if (isAlive(vitest.pid ?? 0)) process.kill(vitest.pid ?? 0, 'SIGKILL');
      if (reaper > 0) process.kill(reaper, 'SIGTERM');
      await vi.waitFor(() => expect(processesIn(temporary)).toEqual([]), patience);
      rmSync(temporary, { recursive: true, force: true });
    });
    const ended = once(vitest, 'exit');
    const { pid, app, services } = await noted<Kept>(running);
    // What the test's process prints goes through Vitest's own, and may come later than the note.
    await vi.waitFor(() => {
      reaper = Number(/will stay up, .* kill (\d+)/.exec(readFileSync(output, 'utf8'))?.[1]);
      expect(reaper).toBeGreaterThan(0);
    }, patience);
    await vi.waitFor(async () => expect(await statesOf(services)).toEqual(suffering), patience);
    end(vitest.pid ?? 0, pid);
    await ended;
    expect(stripVTControlCharacters(readFileSync(output, 'utf8'))).toMatch(said);
    await vi.waitFor(async () => expect(await statesOf(services)).toEqual(healthy), patience);
    await vi.waitFor(() => expect(isAlive(app)).toBe(false), patience);
  },
);
