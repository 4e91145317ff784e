import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, type onTestFinished, test } from 'vitest';
import { ownerLabel } from '../../../src/stack/machine/container-leftovers.ts';
import { askEngine, findEngine } from '../../../src/stack/machine/engine.ts';
import { isAlive } from '../../../src/stack/machine/processes.ts';
import { listens } from '../fixtures/listens.ts';
import { until, wanted } from './opened.ts';

interface Driver {
  readonly child: ChildProcess;
  /** Temporary folder of its own, in which its stack lies. */
  readonly temporary: string;
  readonly driver: number;
  readonly pids: readonly number[];
  readonly ports: readonly number[];
  /** The next line of its output. */
  readonly line: () => Promise<string>;
}

async function drive(
  whenFinished: typeof onTestFinished,
  end: string,
  environment: Record<string, string> = {},
): Promise<Driver> {
  const temporary = mkdtempSync(join(tmpdir(), 'ends-'));
  chmodSync(temporary, 0o711);
  const child = spawn(process.execPath, [join(import.meta.dirname, 'driver.ts'), end], {
    env: { ...process.env, ...environment, TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async () => String((await lines.next()).value);
  const driver: Driver = { ...(JSON.parse(await line()) as Driver), child, temporary, line };
  whenFinished(async () => {
    // A test that failed leaves nothing either.
    child.kill('SIGKILL');
    await until(async () => (await leftOf(driver)).length === 0).catch(() => {});
    rmSync(temporary, { recursive: true, force: true });
  });
  return driver;
}

/** What is still there of a driver's stack, as sentences. */
async function leftOf({ temporary, driver, pids, ports }: Driver): Promise<string[]> {
  const taken = await Promise.all(ports.map(async (port) => ((await listens(port)) ? [`port ${port}`] : [])));
  return [
    ...[driver, ...pids].filter(isAlive).map((pid) => `process ${pid}`),
    ...readdirSync(temporary).map((name) => `folder ${name}`),
    ...taken.flat(),
    ...(await containersOf(driver)),
  ];
}

/** As the engine lists them, running or not; none where there is no engine. */
async function containersOf(pid: number): Promise<string[]> {
  const { found } = await findEngine(1_000);
  if (!found) return [];
  const filters = encodeURIComponent(JSON.stringify({ label: [`${ownerLabel}=${pid}`] }));
  const listed = await askEngine(found.address, 'GET', `/containers/json?all=1&filters=${filters}`, 10_000);
  return (listed as { Id: string }[]).map(({ Id }) => `container ${Id.slice(0, 12)}`);
}

async function nothingIsLeft(driver: Driver): Promise<void> {
  for (let look = 0; look < 300 && (await leftOf(driver)).length > 0; look++) await sleep(50);
  expect(await leftOf(driver)).toEqual([]);
}

// Side by side: each has a process and a stack of its own, and mostly waits.
describe('of a stack of Postgres and Redis nothing is left', () => {
  test.concurrent.for(['SIGKILL', 'SIGINT', 'SIGTERM'] as const)(
    'after %s to the process that opened it',
    async (signal, { onTestFinished }) => {
      const driver = await drive(onTestFinished, 'wait');
      const there = await leftOf(driver);
      expect(there.filter((what) => what.startsWith('port'))).toHaveLength(4);
      expect(there.filter((what) => what.startsWith('folder'))).toHaveLength(1);
      if (wanted)
        expect(there.filter((what) => what.startsWith('container'))).toHaveLength(wanted === 'containers' ? 3 : 0);
      driver.child.kill(signal);
      await nothingIsLeft(driver);
    },
  );

  test.concurrent.for(['exit', 'close'])('after that process ends by itself (%s)', async (end, { onTestFinished }) => {
    await nothingIsLeft(await drive(onTestFinished, end));
  });

  // From before the first server to after the last one.
  test.concurrent.for([100, 300, 500, 700, 900, 1_100, 1_400])(
    'after SIGKILL in the middle of its opening, %i ms after the first line',
    async (moment, { onTestFinished }) => {
      const driver = await drive(onTestFinished, 'opening');
      await sleep(moment);
      driver.child.kill('SIGKILL');
      await once(driver.child, 'exit');
      await nothingIsLeft(driver);
      // Nor does anything come later.
      await sleep(1_000);
      expect(await leftOf(driver)).toEqual([]);
    },
  );
});

test.concurrent('BREAKING_POINT_KEEP leaves the servers up, and the signal that it names ends them', async ({
  onTestFinished,
}) => {
  const driver = await drive(onTestFinished, 'keep', { BREAKING_POINT_KEEP: '1' });
  const lines = [await driver.line(), await driver.line(), await driver.line(), await driver.line()];
  await until(() => !isAlive(driver.driver));
  const there = await leftOf(driver);
  expect(there.filter((what) => what.startsWith('port'))).toHaveLength(4);
  const reaper = Number(/to end it: kill (\d+)$/.exec(lines.at(-1) ?? '')?.[1]);
  process.kill(reaper, 'SIGTERM');
  await nothingIsLeft(driver);
});
