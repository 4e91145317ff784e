import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import type { PostgresService } from '../../stack/postgres/postgres.ts';
import { writeCall } from '../code.ts';
import { type LastingFault, lasting } from '../fault.ts';
import { reportUnseen } from '../unseen.ts';
import {
  closeSession,
  listAppSessions,
  openSession,
  requirePostgresService,
  sqlStateOf,
  terminate,
} from './postgres-session.ts';

/** How many connections {@link exhaustConnections} leaves, and what happens to those of the app. */
export interface ExhaustOptions {
  /** Slots that stay free at the begin: a whole number from 0. Default 0. */
  readonly leave?: number;
  /**
   * What happens to the connections of the app. `keep` (default): they stay, as when others take the free slots; a pool
   * may not notice until it needs another connection. `cut`: they are ended (57P01) and their slots are taken, as when
   * the app comes back to a full server.
   */
  readonly existing?: 'keep' | 'cut';
}

/** Connections that are opened at once. */
const atOnce = 10;
/** Interval (ms) at which free slots are taken. */
const refillEvery = 50;
/** Maximum number of times that the app's connections are ended until the server is full. */
const mostRounds = 50;

/**
 * Our idle connections hold all but `leave` of the server's connection slots. A new connection is refused with 53300,
 * "too many clients". A slot that the app gives back is taken soon after.
 *
 * Your own queries around the proxy may be refused as well while it lasts.
 * @throws TypeError when `leave` is not a whole number from 0, or the service is not Postgres
 */
export function exhaustConnections(service: PostgresService, options: ExhaustOptions = {}): LastingFault {
  const { name } = requirePostgresService(service, 'exhaustConnections');
  const { leave = 0, existing = 'keep' } = options;
  if (!(Number.isInteger(leave) && leave >= 0)) {
    throw new TypeError(`exhaustConnections(${name}): leave must be a whole number from 0; got ${String(leave)}`);
  }
  if (existing !== 'keep' && existing !== 'cut') {
    throw new TypeError(
      `exhaustConnections(${name}): existing must be 'keep' or 'cut'; got ${JSON.stringify(existing)}`,
    );
  }
  let crowd: Crowd | undefined;
  const told = [...(leave > 0 ? [`leave ${leave}`] : []), ...(existing === 'cut' ? ['cut'] : [])];
  return lasting({
    name: `exhaustConnections(${[name, ...told].join(', ')})`,
    code: writeCall('exhaustConnections', name, options),
    kind: 'exhaustConnections',
    subject: service,
    holds: ['server'],
    patience: 500,
    async look() {
      if (!crowd) return { seen: false, detail: 'we held no connection' };
      return crowd.look().catch(reportUnseen);
    },
    async inject(signal) {
      const gathered = await Crowd.gather(service, leave, signal);
      crowd = gathered;
      try {
        if (existing === 'cut') await gathered.takeOver();
        gathered.stay();
      } catch (error) {
        await gathered.disperse();
        throw error;
      }
      return { [Symbol.asyncDispose]: () => gathered.disperse() };
    },
  });
}

/** Connection slots of a server, as it counts them itself. */
interface Slots {
  readonly most: number;
  readonly used: number;
}

/** Our connections that hold a server's slots. */
class Crowd {
  readonly #service: PostgresService;
  readonly #leave: number;
  readonly #over = new AbortController();
  #held: Client[] = [];
  #refilling: Promise<void> = Promise.resolve();

  private constructor(service: PostgresService, leave: number) {
    this.#service = service;
    this.#leave = leave;
  }

  /**
   * Takes the slots.
   * @throws Error when the server has no more than `leave` slots, or the signal aborts; none is held then
   */
  static async gather(service: PostgresService, leave: number, signal: AbortSignal): Promise<Crowd> {
    const crowd = new Crowd(service, leave);
    try {
      crowd.#held.push(await crowd.#open());
      const { most } = await crowd.#countSlots();
      if (leave >= most)
        throw new RangeError(`leave must be below the server's max_connections of ${most}; got ${leave}`);
      await crowd.#fill(signal);
    } catch (error) {
      await crowd.disperse();
      throw error;
    }
    return crowd;
  }

  /** Ends the app's connections and takes their slots before it is back. */
  async takeOver(): Promise<void> {
    // The app may be faster to take a slot that is given back. Then that connection is ended too.
    for (let round = 0; round < mostRounds; round++) {
      const pids = await listAppSessions(this.#first, this.#service);
      await this.#fill(this.#over.signal);
      if (pids.length <= this.#leave) return;
      await terminate(this.#first, pids);
    }
  }

  /** From now on slots that become free are taken. */
  stay(): void {
    const { signal } = this.#over;
    const refill = async (): Promise<void> => {
      for (;;) {
        await sleep(refillEvery, undefined, { signal });
        await this.#fill(signal);
      }
    };
    // Ends with the fault, or when the server is gone; the next look sees that.
    this.#refilling = refill().catch(() => undefined);
  }

  /** Lets go of all slots. */
  async disperse(): Promise<void> {
    this.#over.abort();
    await this.#refilling;
    const held = this.#held;
    this.#held = [];
    await Promise.all(held.map(closeSession));
  }

  /**
   * With no slot left, another connection must be refused. Otherwise the slots are counted, because the app may want
   * those that are left.
   */
  async look(): Promise<{ readonly seen: boolean; readonly detail: string }> {
    const { most, used } = await this.#countSlots();
    const counted = `${used} of ${most} slots were taken, ${this.#held.length} of them by us`;
    if (this.#leave > 0) return { seen: most - used <= this.#leave, detail: counted };
    for (let attempt = 0; attempt < 3; attempt++) {
      try {
        // The app had given a slot back. Now it is ours.
        this.#held.push(await this.#open());
      } catch (error) {
        const state = sqlStateOf(error);
        if (state === undefined) throw error;
        return { seen: state === '53300', detail: `${counted}, and another connection was refused with ${state}` };
      }
    }
    return { seen: false, detail: `${counted}, and three more connections were accepted` };
  }

  async #fill(signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const { most, used } = await this.#countSlots();
      const missing = Math.min(most - used - this.#leave, atOnce);
      if (missing <= 0) return;
      const opened = await Promise.allSettled(Array.from({ length: missing }, () => this.#open()));
      for (const one of opened) if (one.status === 'fulfilled') this.#held.push(one.value);
      const failed = opened.find((one) => one.status === 'rejected');
      if (failed && sqlStateOf(failed.reason) !== '53300') throw failed.reason;
      // Another client took the last slot.
      if (failed) return;
    }
  }

  async #countSlots(): Promise<Slots> {
    const { rows } = await this.#first.query<Slots>(
      "select current_setting('max_connections')::int as most, count(*)::int as used from pg_stat_activity where backend_type = 'client backend'",
    );
    return rows[0] ?? { most: 0, used: 0 };
  }

  get #first(): Client {
    const [first] = this.#held;
    if (!first) throw new Error('we hold no connection any more');
    return first;
  }

  /** Connects to the database that every server has: the test's own may be dropped meanwhile. */
  #open(): Promise<Client> {
    return openSession(this.#service, { database: 'postgres' });
  }
}
