import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { deviations } from './deviant/deviations.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const vitest = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url));
const entry = fileURLToPath(new URL('deviant/main.ts', import.meta.url));

interface Result {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly { readonly assertionResults: readonly { status: string; fullName: string }[] }[];
}

/** Runs one file of the suite on our server with a deviation, until the first red case. */
async function judged(file: string, deviation: string): Promise<Result> {
  const { TOXIPROXY_URL: _, ...env } = process.env;
  const folder = await mkdtemp(join(tmpdir(), 'deviation-'));
  try {
    const outputFile = join(folder, 'result.json');
    const only = ['--config', 'test/conformance/deviant/vitest.config.ts', `conformance/${file}.test.ts`];
    const child = spawn(process.execPath, [vitest, 'run', ...only, '--outputFile', outputFile], {
      cwd: root,
      env: { ...env, CONFORMANCE_ENTRY: entry, DEVIATION: deviation },
      stdio: 'ignore',
    });
    await once(child, 'exit');
    return JSON.parse(await readFile(outputFile, 'utf8')) as Result;
  } finally {
    await rm(folder, { recursive: true });
  }
}

// Side by side: each has a Vitest and a server of its own.
describe('our server', () => {
  test.concurrent('through the entry of the deviations, without one, is conformant', async () => {
    expect(await judged('http', '')).toMatchObject({
      numFailedTests: 0,
      numPassedTests: expect.toSatisfy((n) => n > 50),
    });
  });

  test.concurrent.each(Object.entries(deviations))('is found out when %s', async (name, { file }) => {
    const { numFailedTests, testResults } = await judged(file, name);
    const red = testResults.flatMap(({ assertionResults }) =>
      assertionResults.filter(({ status }) => status === 'failed'),
    );
    expect(numFailedTests).toBeGreaterThanOrEqual(1);
    expect(red.length).toBeGreaterThanOrEqual(1);
    console.log(`${name}: ${red[0]?.fullName}`);
  });
});
