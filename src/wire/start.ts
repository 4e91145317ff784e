import { JsonChild } from '../child/json-child.ts';
import type { Listening, Order, Report } from './orders.ts';
import type { WireRule } from './rules.ts';
import type { WireProtocol } from './server.ts';

/** A rule that delays statements until it is disposed. Disposing lets go those that are held. */
export interface SlowedStatements extends AsyncDisposable {
  /** Our own statement that is delayed too, for the looks; it is not counted. */
  readonly canary: string;
  /** Counts statements of the app that were delayed so far. */
  matched(): Promise<number>;
}

/** A statement relay in a process of its own, in front of one server. */
export interface StatementWire {
  readonly pid: number;
  /** On 127.0.0.1. */
  readonly port: number;
  /** Whether its process runs. */
  readonly runs: boolean;
  /** Delays each statement whose text matches. @param by delay (ms) */
  slow(matching: RegExp, by: number): Promise<SlowedStatements>;
  /**
   * Delays each write and each COMMIT by a random time, to widen races. Disposing ends it.
   * @param upTo maximum delay (ms); the minimum is half of it
   */
  widen(upTo: number, seed: number): Promise<AsyncDisposable>;
  /** Ends the process; resolves when it is gone. */
  stop(): Promise<void>;
}

/** A statement that changes nothing, another one for each rule. */
const canaries: Readonly<Record<WireProtocol, (rule: number) => string>> = {
  postgres: (rule) => `select ${rule} as breaking_point_canary`,
  redis: (rule) => `echo breaking-point-canary-${rule}`,
};

/** Options of a relay. */
export interface WireOptions {
  /** Whether it stays up when our process ends, without rules, until it is ended otherwise. Default false. */
  readonly outlive?: boolean;
  /** Default `postgres`. */
  readonly protocol?: WireProtocol;
  /** Name of our own clients: their statements are delayed too, and not counted. */
  readonly ownName?: string;
}

const startsWithin = 10_000;
const answersWithin = 5_000;

/**
 * Starts a statement relay. It ends with us, however we end.
 * @param upstream port of the server on 127.0.0.1
 * @param track called with the process id as soon as there is one
 * @throws Error with what the process printed, when it ends or does not listen within 10 s
 */
export async function startStatementWire(
  upstream: number,
  track: (pid: number) => void,
  { outlive = false, protocol = 'postgres', ownName }: WireOptions = {},
): Promise<StatementWire> {
  const args = ['--upstream', String(upstream), '--protocol', protocol];
  if (ownName !== undefined) args.push('--own-name', ownName);
  if (outlive) args.push('--outlive');
  const main = new URL('./main.js', import.meta.url);
  const child = new JsonChild<Listening | Report>({ name: 'The statement relay', main, args });
  if (!Number.isNaN(child.pid)) track(child.pid);
  try {
    const { listening } = (await child.answer(startsWithin)) as Listening;
    return new Driver(child, listening, canaries[protocol]);
  } catch (error) {
    await child.stop();
    throw error;
  }
}

/** Who waits for an answer. */
interface Asked {
  readonly resolve: (matched: number) => void;
  readonly reject: (error: Error) => void;
}

class Driver implements StatementWire {
  readonly port: number;
  readonly #child: JsonChild<Listening | Report>;
  readonly #canary: (rule: number) => string;
  readonly #asked = new Map<number, Asked>();
  #orders = 0;
  #rules = 0;

  constructor(child: JsonChild<Listening | Report>, port: number, canary: (rule: number) => string) {
    this.#child = child;
    this.port = port;
    this.#canary = canary;
    child.listen((report) => this.#hear(report as Report));
    void child.gone.then((why) => {
      for (const { reject } of this.#asked.values()) reject(why);
    });
  }

  get pid(): number {
    return this.#child.pid;
  }

  get runs(): boolean {
    return this.#child.ended === undefined;
  }

  async slow(matching: RegExp, by: number): Promise<SlowedStatements> {
    const rule = this.#nextRule();
    const canary = this.#canary(rule);
    // They would make a test depend on the one before.
    const flags = matching.flags.replace(/[gy]/g, '');
    const dispose = await this.#add(rule, { kind: 'slow', matching: [matching.source, flags], by, canary });
    return { canary, matched: () => this.#order({ count: rule }), [Symbol.asyncDispose]: dispose };
  }

  async widen(upTo: number, seed: number): Promise<AsyncDisposable> {
    return { [Symbol.asyncDispose]: await this.#add(this.#nextRule(), { kind: 'widen', upTo, seed }) };
  }

  stop(): Promise<void> {
    return this.#child.stop();
  }

  #nextRule(): number {
    this.#rules += 1;
    return this.#rules;
  }

  /** @returns what takes the rule away; once more does nothing, and neither does it when the process has ended */
  async #add(rule: number, add: WireRule): Promise<() => Promise<void>> {
    await this.#order({ add, rule });
    return async () => {
      if (this.runs) await this.#order({ remove: rule });
    };
  }

  #order(order: DistributiveOmit<Order, 'id'>): Promise<number> {
    if (this.#child.ended) return Promise.reject(this.#child.ended);
    this.#orders += 1;
    const id = this.#orders;
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const timer = setTimeout(
      () => reject(new Error(`The statement relay (process ${this.pid}) did not answer within ${answersWithin} ms`)),
      answersWithin,
    );
    this.#asked.set(id, { resolve, reject });
    this.#child.tell({ id, ...order });
    return promise.finally(() => {
      clearTimeout(timer);
      this.#asked.delete(id);
    });
  }

  #hear({ id, matched = 0, error }: Report): void {
    const asked = this.#asked.get(id);
    if (error === undefined) asked?.resolve(matched);
    else asked?.reject(new Error(`The statement relay refused: ${error}`));
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
