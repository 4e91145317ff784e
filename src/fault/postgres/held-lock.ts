import type { Client } from 'pg';
import type { PostgresService } from '../../stack/postgres/postgres.ts';
import type { Fault, Look } from '../fault.ts';
import { unseen } from '../unseen.ts';
import { backendOf, closeSession, inSession, openSession, sqlState, terminate } from './postgres-session.ts';

/** What is to be locked, and how it is seen that it is. */
export interface LockPlan {
  /** Takes the lock, in a transaction that has begun. @throws Error when there is nothing to lock */
  readonly take: (client: Client) => Promise<void>;
  /** Tries in another transaction to have what a lock of that kind keeps from others, without waiting. */
  readonly attempt: (client: Client) => Promise<unknown>;
}

/** Milliseconds that the lock is waited for: the app may hold it. */
const takenWithin = 5_000;

/** A lock that is held by an idle transaction of ours while the fault lasts. */
export function heldLock(
  service: PostgresService,
  { take, attempt }: LockPlan,
): Pick<Fault, 'subject' | 'holds' | 'patience' | 'look' | 'inject'> {
  let holder: Client | undefined;
  return {
    subject: service,
    holds: ['server'],
    patience: 500,
    async look() {
      if (!holder) return { seen: false, detail: 'no lock was held' };
      // Locks last as long as their transaction: while it answers they are there, and what fails is not the app's doing alone.
      return holder.query('select 1').then(() => refused(service, attempt), unseen);
    },
    async inject(signal) {
      const client = await openSession(service);
      const free = async (): Promise<void> => {
        holder = undefined;
        await closeSession(client);
      };
      // A backend that waits for a lock does not notice that its client is gone, and others queue up behind it.
      let callOff = (): void => undefined;
      try {
        const pid = await backendOf(client);
        callOff = () => void inSession(service, (other) => terminate(other, [pid])).catch(unseen);
        signal.addEventListener('abort', callOff, { once: true });
        await client.query(`begin; set local lock_timeout = ${takenWithin}`);
        await take(client);
        signal.throwIfAborted();
      } catch (error) {
        await free();
        signal.throwIfAborted();
        if (sqlState(error) !== '55P03') throw error;
        throw new Error(
          `the lock could not be had within ${takenWithin} ms, for the app holds it: begin at another time`,
          { cause: error },
        );
      } finally {
        signal.removeEventListener('abort', callOff);
      }
      holder = client;
      return { [Symbol.asyncDispose]: free };
    },
  };
}

async function refused(service: PostgresService, attempt: LockPlan['attempt']): Promise<Look> {
  return inSession(service, async (client) => {
    try {
      await client.query('begin');
      await attempt(client);
      return { seen: false, detail: 'a try of ours to lock it succeeded' };
    } catch (error) {
      const state = sqlState(error);
      return state === '55P03'
        ? { seen: true, detail: 'a try of ours to lock it was refused with 55P03' }
        : unseen(error);
    }
  }).catch(unseen);
}
