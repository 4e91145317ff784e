import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Generated, GeneratorOrder } from './generated.ts';
import type { Generator } from './generators.ts';
import { pinned } from './pinned.ts';
import { usageOf } from './process-tree.ts';
import { StaticServer } from './static-server.ts';

/** What one run of a tool came to. */
export interface OneRun extends Generated {
  /** Requests per second, as the server counted them after the first second. */
  readonly served: number;
  /** p99 of how late requests reached the server, by even spacing; undefined in a closed loop and where some are missing. */
  readonly lateness: number | undefined;
  /** Microseconds of CPU per request in the same time. */
  readonly cpu: number;
  /** Bytes of resident memory at its highest. */
  readonly peakMemory: number;
  /** Requests of the whole run. */
  readonly requests: number;
}

/** Most time that a tool may take to send its first request, in milliseconds. */
const longestStart = 30_000;

/**
 * Runs a tool once, on the first core, against a server on the second.
 * @throws Error when the tool fails or sends nothing
 */
export async function oneRun(generator: Generator, asked: Omit<GeneratorOrder, 'url'>): Promise<OneRun> {
  await using server = await StaticServer.start(1);
  const order = { ...asked, url: server.url };
  const { command, env } = generator.command(order);
  const [program, ...args] = pinned(0, command);
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'], env: env ?? process.env });
  const output = text(child.stdout);
  const ended = once(child, 'exit') as Promise<[code: number | null]>;
  let over = false;
  const end = ended.then(() => {
    over = true;
  });
  const pid = child.pid ?? Number.NaN;
  try {
    for (let waited = 0; (await server.count()) === 0 && !over; waited += 20) {
      if (waited > longestStart) throw new Error(`${generator.name} sent nothing within ${longestStart / 1_000} s`);
      await sleep(20);
    }
    await sleep(order.warmUp * 1_000 + 200);
    const [from, usedBefore, since] = [await server.count(), usageOf(pid), performance.now()];
    await sleep(order.seconds * 1_000 - 500);
    const [to, used, seconds] = [await server.count(), usageOf(pid), (performance.now() - since) / 1_000];
    await end;
    const [code] = await ended;
    if (code !== 0) throw new Error(`${generator.name} ended with code ${code}: ${command.join(' ')}`);
    const generated = generator.read(await output, order);
    const rate = generated.dropped === 0 ? order.rate : undefined;
    return {
      ...generated,
      served: (to - from) / seconds,
      lateness: rate === undefined ? undefined : await server.lateness(rate, from, to),
      cpu: ((used.cpu - usedBefore.cpu) * 1e6) / (to - from),
      peakMemory: used.peakMemory,
      requests: await server.count(),
    };
  } finally {
    if (!over) child.kill();
    await end;
  }
}
