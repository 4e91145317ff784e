import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fixture } from './fixtures/drive.ts';

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly message: string;
    readonly assertionResults: readonly { readonly title: string; readonly failureMessages: readonly string[] }[];
  }[];
}

const repository = join(import.meta.dirname, '..', '..');
const messages = new Map<string, readonly string[]>();
let temporary: string;
let left: readonly string[];

/** Runs the whole project of mistakes once; each is looked at below. */
beforeAll(async () => {
  temporary = mkdtempSync(join(tmpdir(), 'bad-input-'));
  chmodSync(temporary, 0o711);
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const report = join(temporary, 'report.json');
  const env = {
    ...process.env,
    TMPDIR: temporary,
    REPOSITORY: repository,
    REPORT: report,
    TAKEN: String((taken.address() as AddressInfo).port),
    BREAKING_POINT_RESULTS: join(temporary, 'results'),
  };
  const args = [join(repository, 'node_modules/vitest/vitest.mjs'), 'run', '--root', fixture('bad-input')];
  await once(spawn(process.execPath, args, { env, stdio: 'ignore' }), 'exit');
  taken.close();
  for (const { name, message, assertionResults } of (JSON.parse(readFileSync(report, 'utf8')) as Report).testResults) {
    if (assertionResults.length === 0) messages.set(name.slice(name.lastIndexOf('/') + 1), [message]);
    for (const { title, failureMessages } of assertionResults) messages.set(title, failureMessages);
  }
  left = readdirSync(temporary).filter((name) => name.startsWith('breaking-point-'));
});
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

describe('one clear error says what is wrong with', () => {
  test.for([
    ['a wrong duration', /refuse\(redis\)\.from\(\) must be milliseconds or a number with a unit.*got "1"/],
    ['a fault after the end', /refuse\(redis\) ends at 9\.0 s, after the load \(3\.0 s\): lengthen the load/],
    ['an unknown service name', /refuse\(\) needs a service of this test.*got undefined/],
    ['an option that there is not', /run: there is no option fault; there is load, faults/],
    ['a fault without an end', /has a fault without an end: write \.from\('5s'\)\.to\('10s'\)/],
    ['a load that is none', /run\(\{ load \}\) must be a load: arrivals/],
    ['a rate of zero', /rate.*got 0/],
    ['a request without a path', /request\(\{ n: 0 \}\): path must start with '\/'.*got 'orders'/],
    [
      'a final state that cannot be read',
      /finalState could not be read before the load.*relation "orders" does not exist/,
    ],
    ['an app that wants a service which is not there', /there is no service "mysql".*names redis/],
    ['an app command that does not exist', /no-such-program/],
    [
      'an app command in one string',
      /no such program \(ENOENT\); give the program and each argument as a string of its own/,
    ],
    ['an app that listens elsewhere', /nothing listens there: the app must listen .* in its environment variable PORT/],
    [
      'a path for readiness that is none',
      /the answer was 404, so the app does not know this path: correct the option ready/,
    ],
    ['a test beside another', /"a test beside another" began while "a test that takes its time" was under way/],
    ['a schema with an error', /schema\.sql.*line 2.*TABEL|schema\.sql:2.*TABEL/s],
    ['a port in use', /port \d+.*(in use|taken)/i],
    ['fixture-name.ts', /"task" is already the name of a fixture/],
  ] as const)('%s', ([title, expected]) => {
    const errors = messages.get(title);
    expect(errors).toHaveLength(1);
    expect(errors?.[0]).toMatch(expected);
  });
});

test('nothing half-started remains', () => {
  expect(left).toEqual([]);
});
