import { fileURLToPath } from 'node:url';
import { autocannonProgram, isThere, type K6Metrics, k6Call, type Programs } from '../accuracy/others.ts';
import type { Generated, GeneratorOrder } from './generated.ts';

/** A tool under measurement: how it is run, and how its report is read. */
export interface Generator {
  readonly name: string;
  readonly loop: 'open' | 'closed';
  command(order: GeneratorOrder): { readonly command: readonly string[]; readonly env?: NodeJS.ProcessEnv };
  read(stdout: string, order: GeneratorOrder): Generated;
}

const ourScript = fileURLToPath(new URL('./generate.ts', import.meta.url));

const ours = (name: string, loop: Generator['loop']): Generator => ({
  name,
  loop,
  command: (order) => ({ command: [process.execPath, ourScript, JSON.stringify(order)] }),
  read: (stdout) => JSON.parse(stdout) as Generated,
});

/** Our open loop. */
export const ourArrivals = ours('arrivals', 'open');
/** Our closed loop. */
export const ourAutocannon = ours('autocannon()', 'closed');

/** autocannon's own command line. It has no warm-up here: what is counted comes after the first second anyway. */
export const autocannonCli: Generator = {
  name: 'autocannon CLI',
  loop: 'closed',
  command: ({ url, connections, seconds, warmUp }) => ({
    command: [
      process.execPath,
      autocannonProgram,
      '-j',
      '-n',
      '-c',
      `${connections}`,
      '-d',
      `${seconds + warmUp}`,
      url,
    ],
  }),
  read: (stdout) => {
    const { requests } = JSON.parse(stdout) as { requests: { average: number; total: number } };
    return { due: requests.total, dropped: 0, rate: requests.average, lag: undefined };
  },
};

const k6 = (program: string, loop: Generator['loop']): Generator => ({
  name: 'k6',
  loop,
  command({ url, rate, connections, seconds, warmUp }) {
    const users = rate === undefined ? connections : 200;
    const { args, env } = k6Call({ url, rate, seconds: seconds + warmUp, users });
    return { command: [program, ...args], env };
  },
  read(stdout) {
    const metrics = JSON.parse(stdout) as K6Metrics;
    const sent = metrics.iterations?.values.count ?? Number.NaN;
    const dropped = metrics.dropped_iterations?.values.count ?? 0;
    return { due: sent + dropped, dropped, rate: metrics.http_reqs?.values.rate ?? Number.NaN, lag: undefined };
  },
});

const wrk = (program: string): Generator => ({
  name: 'wrk',
  loop: 'closed',
  command: ({ url, connections, seconds, warmUp }) => ({
    command: [program, '-t', '1', '-c', `${connections}`, '-d', `${seconds + warmUp}s`, url],
  }),
  read(stdout) {
    const rate = Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]);
    return { due: Number.NaN, dropped: 0, rate, lag: undefined };
  },
});

/** Everything that is measured, and what is said of programs that are missing. */
export async function generators(
  programs: Programs,
): Promise<{ all: readonly Generator[]; missing: readonly string[] }> {
  const all: Generator[] = [ourArrivals, ourAutocannon, autocannonCli];
  const missing: string[] = [];
  if (await isThere(programs.k6, ['version'])) all.splice(1, 0, k6(programs.k6, 'open'));
  else missing.push(`k6 is left out: ${programs.k6} does not run. Name it by --k6 or K6.`);
  if (await isThere(programs.wrk, ['-v'])) all.push(wrk(programs.wrk));
  else missing.push(`wrk is left out: ${programs.wrk} does not run. Name it by --wrk or WRK.`);
  return { all, missing };
}
