import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunResult } from '../../src/verdict/result.ts';

/** A defect of the reference app, the breaking point that is there to reveal it, and what it must say. */
const mutants = [
  {
    defect: 'naive-accept',
    file: 'vendor-race',
    title: 'vendor race, moderate',
    metric: 'race conditions',
    cause: /contenders were told that they had won/,
  },
  {
    defect: 'no-redis-fallback',
    file: 'redis-failure',
    title: 'redis failure, connection',
    metric: 'Redis outage error rate',
    cause: /without Redis: it queues in the database/,
  },
  {
    defect: 'no-pool-error-handler',
    file: 'database-restart',
    title: 'database restart, graceful',
    metric: 'database recovery',
    cause: /the app exited with code \d+ at/i,
  },
  {
    defect: 'no-pool-error-handler',
    file: 'database-restart',
    title: 'database restart, crash',
    metric: 'database recovery',
    cause: /the app exited with code \d+ at/i,
  },
];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'breaking-point-mutants-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs one breaking point on the app with a defect, in a Vitest of its own. The healthy twin is the suite itself. */
async function judge(defect: string, file: string, title: string): Promise<RunResult> {
  const results = await mkdtemp(join(folder, 'run-'));
  const inherited = Object.entries(process.env).filter(([name]) => !/^(VITEST|BREAKING_POINT)/.test(name));
  const env = { ...Object.fromEntries(inherited), ORDERING_DEFECTS: defect, BREAKING_POINT_RESULTS: results };
  const reporters = ['--reporter=default', '--reporter=breaking-point/reporter'];
  const args = ['run', '--project', 'perf', `test/perf/${file}.test.ts`, '-t', title, ...reporters];
  await new Promise((ended) => {
    execFile(process.execPath, ['node_modules/vitest/vitest.mjs', ...args], { env }, ended);
  });
  return JSON.parse(await readFile(join(results, 'run.json'), 'utf8')) as RunResult;
}

describe('a defect of the reference app', () => {
  for (const { defect, file, title, metric, cause } of mutants) {
    test(`${defect} fails "${title}" on ${metric}, with its cause`, { timeout: 120_000 }, async () => {
      const run = await judge(defect, file, title);
      const [result] = run.tests;
      expect(run.tests).toHaveLength(1);
      const row = result?.rows.find((candidate) => candidate.metric === metric && candidate.verdict !== 'measured');
      expect(row).toMatchObject({ verdict: 'fail' });
      expect(row?.because).toMatch(cause);
      expect(run.status).toBe('fail');
    });
  }
});
