import { setTimeout as sleep } from 'node:timers/promises';
import { withAdministrator } from '../clients/postgres-connections.ts';
import { RedisConnection } from '../clients/redis-connection.ts';
import type { DebtRemedy, ProxyRequest } from '../debt.ts';
import { messageOf } from '../errors.ts';
import type { EngineAddress } from '../machine/engine.ts';
import { endProcesses } from '../machine/leftovers.ts';
import { startContainer, unpauseContainer } from './container-remedies.ts';
import { endProcess, resume, startServer } from './process-remedies.ts';

/** A debt as the reaper keeps it. */
export interface Debt {
  readonly what: string;
  readonly remedy: DebtRemedy;
}

/** How long it may take, in milliseconds. */
export interface PayTimes {
  /** One remedy is tried for so long: a server may be starting, or full of connections whose client is just gone. */
  readonly triedFor: number;
  /** A server that is to end as an administrator would end it has so long, and is killed then. */
  readonly endsWithin: number;
}

const usual: PayTimes = { triedFor: 30_000, endsWithin: 30_000 };
const tryEvery = 200;
/** Milliseconds that one attempt may take. */
const answersWithin = 5_000;

/**
 * Undoes what a process left that is gone, the latest first.
 * @returns what could not be undone, as sentences
 */
export async function payAll(
  debts: readonly Debt[],
  engine: EngineAddress | undefined,
  times: PayTimes = usual,
): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const { what, remedy } of debts.toReversed()) {
    try {
      await insist(() => pay(remedy, engine, times), times.triedFor);
    } catch (error) {
      problems.push(`${what} was not undone: ${messageOf(error)}`);
    }
  }
  return problems;
}

async function insist(attempt: () => Promise<void>, triedFor: number): Promise<void> {
  const deadline = performance.now() + triedFor;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await sleep(tryEvery);
    }
  }
}

async function pay(remedy: DebtRemedy, engine: EngineAddress | undefined, { endsWithin }: PayTimes): Promise<void> {
  if ('resume' in remedy) return resume(remedy.resume);
  if ('end' in remedy) {
    const { marker, process: tracked } = remedy.end;
    return endProcesses({ folder: undefined, marker, tracked: tracked ? [tracked] : [], spared: [process.pid] });
  }
  if ('start' in remedy) {
    const { start, ending } = remedy;
    if (ending) await endProcess(ending, endsWithin);
    return startServer(start);
  }
  if ('postgres' in remedy) {
    return withAdministrator(remedy.postgres, async (admin) => {
      for (const text of ['set default_transaction_read_only = off', ...remedy.statements]) await admin.query(text);
    });
  }
  if ('redis' in remedy) return command(remedy.redis, remedy.commands);
  if ('request' in remedy) return request(remedy.request);
  if (!engine) throw new Error('no container engine is known');
  if ('unpause' in remedy) return unpauseContainer(remedy.unpause, engine);
  return startContainer(remedy.startContainer, engine, endsWithin);
}

async function command(port: number, commands: readonly (readonly string[])[]): Promise<void> {
  const connection = new RedisConnection(port, { connectTimeout: answersWithin, commandTimeout: answersWithin });
  try {
    for (const words of commands) await connection.command(...words);
  } finally {
    connection.close();
  }
}

async function request({ method, url, body }: ProxyRequest): Promise<void> {
  const { ok, status } = await fetch(url, {
    method,
    signal: AbortSignal.timeout(answersWithin),
    ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  // 404: what was to be taken away is not there.
  if (!ok && status !== 404) throw new Error(`${method} ${url} was answered with ${status}`);
}
