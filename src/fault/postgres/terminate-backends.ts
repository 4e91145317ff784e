import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { type Duration, milliseconds } from '../../duration.ts';
import type { PostgresService } from '../../stack/postgres/postgres.ts';
import { writeCall } from '../code.ts';
import { type MomentaryFault, momentary } from '../fault.ts';
import { reportUnseen } from '../unseen.ts';
import {
  closeSession,
  listAppSessions,
  openSession,
  pidOf,
  requirePostgresService,
  sqlStateOf,
  terminate,
  withSession,
} from './postgres-session.ts';

/** What one round of ending sessions did. */
interface Stroke {
  /** Number of ended sessions of the app. */
  readonly ended: number;
  /** What our own session heard, which was ended with them. */
  readonly heard: string | undefined;
}

/** Maximum time (ms) until ended sessions are gone. */
const goneWithin = 2_000;

/**
 * The server ends every session of the app. Its client hears 57P01, "terminating connection due to administrator
 * command", in the middle of a transaction or while idle. `.at()` ends them once. `.from().to()` does so again and
 * again, and meets the sessions that the app has opened anew.
 * @param options `every`: time from one round to the next; default 1 s, at least 50 ms
 * @throws TypeError when `every` is not a duration or the service is not Postgres; RangeError when it is under 50 ms
 */
export function terminateBackends(
  service: PostgresService,
  { every = '1s' }: { readonly every?: Duration } = {},
): MomentaryFault {
  const { name } = requirePostgresService(service, 'terminateBackends');
  const pause = milliseconds(every, `terminateBackends(${name}) every`);
  if (pause < 50) throw new RangeError(`terminateBackends(${name}): every must be at least 50 ms; got ${every}`);
  let last: Stroke | undefined;
  let total = 0;
  return momentary({
    name: `terminateBackends(${name})`,
    code: writeCall('terminateBackends', name, every === '1s' ? undefined : { every }),
    kind: 'terminateBackends',
    subject: service,
    holds: ['server'],
    patience: 200,
    async look() {
      const detail = `${total} sessions of the app had been ended, and our own, ended with them, heard ${last?.heard ?? 'nothing'}`;
      return { seen: total > 0 && last?.heard === '57P01', detail };
    },
    async inject(signal) {
      const over = new AbortController();
      const admin = await openSession(service);
      total = 0;
      const strike = async (): Promise<void> => {
        last = await endSessions(service, admin);
        total += last.ended;
      };
      const strikeAgain = async (): Promise<void> => {
        for (;;) {
          await sleep(pause, undefined, { signal: over.signal });
          await strike();
        }
      };
      try {
        await strike();
        signal.throwIfAborted();
      } catch (error) {
        await closeSession(admin);
        throw error;
      }
      const striking = strikeAgain().catch((error: unknown) => {
        // The fault is over, or the server cannot be asked; then the fault is not seen any more.
        if (!over.signal.aborted) last = { ended: 0, heard: reportUnseen(error).detail };
      });
      return {
        async [Symbol.asyncDispose]() {
          over.abort();
          await striking;
          await closeSession(admin);
        },
      };
    },
  });
}

/** Ends the app's sessions and one of our own; resolves when they are gone. */
async function endSessions(service: PostgresService, admin: Client): Promise<Stroke> {
  return withSession(service, async (witness) => {
    const heard = once(witness, 'error').then(([error]) => sqlStateOf(error));
    const ended = await listAppSessions(admin, service);
    const pids = [...ended, await pidOf(witness)];
    await terminate(admin, pids);
    const deadline = performance.now() + goneWithin;
    while (await anyRemain(admin, pids)) {
      if (performance.now() > deadline) {
        throw new Error(`sessions ${pids.join(', ')} were to end and were still there after ${goneWithin} ms`);
      }
      await sleep(5);
    }
    return { ended: ended.length, heard: await heard };
  });
}

async function anyRemain(admin: Client, pids: readonly number[]): Promise<boolean> {
  const { rowCount } = await admin.query('select from pg_stat_activity where pid = any($1)', [pids]);
  return (rowCount ?? 0) > 0;
}
