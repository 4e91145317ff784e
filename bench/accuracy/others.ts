import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Tool } from './tool.ts';

const run = promisify(execFile);
const maxBuffer = 2 ** 26;

/** The program of autocannon's command line. */
export const autocannonProgram = createRequire(import.meta.url).resolve('autocannon');
/** The script that k6 runs. */
export const k6Script = inThisFolder('k6-script.js');

/** autocannon's own command line, with `-R` where a rate matters. */
const autocannonCli: Tool = {
  name: 'autocannon CLI',
  ours: false,
  open: false,
  async measure({ url, rate, seconds, connections, rateMatters }) {
    const pace = rateMatters ? ['-R', String(rate)] : [];
    const options = ['-j', '-n', '-c', String(connections), '-d', String(seconds), ...pace];
    const { stdout } = await run(process.execPath, [autocannonProgram, ...options, url], { maxBuffer });
    const { latency, requests, non2xx, errors, timeouts } = JSON.parse(stdout) as AutocannonReport;
    return {
      p50: latency.p50,
      // It has no p95: the next above it.
      p95: latency.p97_5,
      p99: latency.p99,
      'p99.9': latency.p99_9,
      mean: latency.average,
      rate: requests.average,
      requests: requests.total,
      'status errors': non2xx,
      'connection errors': errors - timeouts,
      'other errors': timeouts,
    };
  },
};

interface AutocannonReport {
  readonly latency: Readonly<Record<'p50' | 'p97_5' | 'p99' | 'p99_9' | 'average', number>>;
  readonly requests: { readonly average: number; readonly total: number };
  readonly non2xx: number;
  readonly errors: number;
  readonly timeouts: number;
}

/** k6 at a constant arrival rate, with up to 200 virtual users. */
const k6 = (program: string): Tool => ({
  name: 'k6',
  ours: false,
  open: true,
  async measure({ url, rate, seconds, connections, flatOut }) {
    const metrics = await runK6(program, {
      url,
      rate: flatOut ? undefined : rate,
      seconds,
      users: flatOut ? connections : 200,
    });
    const times = metrics.http_req_duration?.values ?? {};
    const count = (name: string) => metrics[name]?.values.count ?? 0;
    return {
      p50: times['p(50)'] ?? Number.NaN,
      p95: times['p(95)'] ?? Number.NaN,
      p99: times['p(99)'] ?? Number.NaN,
      'p99.9': times['p(99.9)'] ?? Number.NaN,
      mean: times.avg ?? Number.NaN,
      rate: metrics.http_reqs?.values.rate ?? Number.NaN,
      requests: count('http_reqs'),
      'status errors': count('status_errors'),
      'connection errors': count('connection_errors'),
      'other errors': 0,
    };
  },
});

/** What k6 reports of each metric. */
export type K6Metrics = Readonly<Record<string, { readonly values: Readonly<Record<string, number>> } | undefined>>;

/** What k6 is asked to offer: a rate, or as much as its users can. */
export interface K6Offer {
  readonly url: string;
  readonly rate: number | undefined;
  readonly seconds: number;
  readonly users: number;
}

/** k6's arguments and environment. */
export function k6Call({ url, rate, seconds, users }: K6Offer): { args: string[]; env: NodeJS.ProcessEnv } {
  const asked = { URL: url, SECONDS: seconds, VUS: users, ...(rate !== undefined && { RATE: rate }) };
  const env = Object.entries(asked).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
  const args = ['run', '--quiet', '--no-usage-report', '--log-output=none', ...env, k6Script];
  // Nothing of it may reach other machines, nor a dashboard's port.
  return { args, env: { ...process.env, K6_NO_USAGE_REPORT: 'true', K6_WEB_DASHBOARD: 'false' } };
}

async function runK6(program: string, offer: K6Offer): Promise<K6Metrics> {
  const { args, env } = k6Call(offer);
  const { stdout } = await run(program, args, { env, maxBuffer });
  return JSON.parse(stdout) as K6Metrics;
}

/** wrk, which knows no rate. */
const wrk = (program: string): Tool => ({
  name: 'wrk',
  ours: false,
  open: false,
  async measure({ url, seconds, connections }) {
    const script = inThisFolder('wrk-report.lua');
    const options = ['-t', '1', '-c', String(connections), '-d', `${seconds}s`, '-s', script];
    const { stdout } = await run(program, [...options, url], { maxBuffer });
    const line = stdout.trimEnd().split('\n').at(-1) ?? '';
    const { status, connection, other, ...figures } = JSON.parse(line) as Record<string, number>;
    return {
      ...figures,
      'status errors': status ?? Number.NaN,
      'connection errors': connection ?? Number.NaN,
      'other errors': other ?? Number.NaN,
    };
  },
});

/** The other tools, and what is said of those that are missing. */
export async function otherTools(programs: Programs): Promise<{ tools: readonly Tool[]; missing: readonly string[] }> {
  const found = [
    ['k6', programs.k6, k6, ['version']],
    ['wrk', programs.wrk, wrk, ['-v']],
  ] as const;
  const tools: Tool[] = [autocannonCli];
  const missing: string[] = [];
  for (const [name, program, make, question] of found) {
    if (await isThere(program, question)) tools.push(make(program));
    else missing.push(`${name} is left out: ${program} does not run. Name it by --${name} or ${name.toUpperCase()}.`);
  }
  return { tools, missing };
}

/** Where the programs are: a name for one on PATH, or a path. */
export interface Programs {
  readonly k6: string;
  readonly wrk: string;
}

/** Whether a program runs at all: wrk tells its version with an exit code of 1. */
export async function isThere(program: string, question: readonly string[]): Promise<boolean> {
  try {
    await run(program, [...question], { timeout: 10_000 });
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && typeof error.code === 'number';
  }
}

function inThisFolder(file: string): string {
  return fileURLToPath(new URL(`./${file}`, import.meta.url));
}
