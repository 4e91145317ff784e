import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Order, Report } from './orders.ts';
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

type RelayChild = ChildProcessByStdio<Writable, Readable, Readable>;

const startsWithin = 10_000;
const answersWithin = 5_000;
const endsWithin = 2_000;

/**
 * Starts a statement relay in a session of its own, so that the terminal's Ctrl-C does not end it before the servers.
 * It ends with us, however we end, for its stdin is a pipe that we hold.
 * @param upstream port of the server on 127.0.0.1
 * @param track called with the process id as soon as there is one
 * @throws Error with what the process printed, when it ends or does not listen within 10 s
 */
export async function startStatementWire(
  upstream: number,
  track: (pid: number) => void,
  { outlive = false, protocol = 'postgres', ownName }: WireOptions = {},
): Promise<StatementWire> {
  const main = fileURLToPath(new URL('./main.js', import.meta.url));
  const args = [main, '--upstream', String(upstream), '--protocol', protocol];
  if (ownName !== undefined) args.push('--own-name', ownName);
  if (outlive) args.push('--outlive');
  const child: RelayChild = spawn(process.execPath, args, {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: withoutNodeOptions(),
  });
  // Writing to a process that is gone breaks the pipe; its end is reported by 'exit'.
  child.stdin.on('error', () => undefined);
  if (child.pid !== undefined) track(child.pid);
  const driver = new Driver(child, main, canaries[protocol]);
  try {
    return await driver.start();
  } catch (error) {
    await driver.stop();
    throw error;
  }
}

/** Options of the test's Node, such as a loader, are not meant for it. */
function withoutNodeOptions(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _, ...env } = process.env;
  return env;
}

/** Whoever waits for an answer. */
interface Asked {
  readonly resolve: (matched: number) => void;
  readonly reject: (error: Error) => void;
}

class Driver implements StatementWire {
  port = 0;
  readonly #child: RelayChild;
  readonly #main: string;
  readonly #canary: (rule: number) => string;
  readonly #asked = new Map<number, Asked>();
  readonly #listening = Promise.withResolvers<number>();
  #ended: Error | undefined;
  #printed = '';
  #orders = 0;
  #rules = 0;

  constructor(child: RelayChild, main: string, canary: (rule: number) => string) {
    this.#child = child;
    this.#canary = canary;
    this.#main = main;
    createInterface({ input: child.stdout }).on('line', (line) => this.#hear(JSON.parse(line) as Report));
    child.stderr.on('data', (data: Buffer) => {
      this.#printed = (this.#printed + data.toString()).slice(-4_000);
    });
    child.once('error', (error) => this.#end(`could not be started: ${error.message}`));
    child.once('exit', (code, signal) => this.#end(`ended with ${signal ?? `code ${code}`}`));
  }

  get pid(): number {
    return this.#child.pid ?? Number.NaN;
  }

  get runs(): boolean {
    return this.#ended === undefined;
  }

  async start(): Promise<StatementWire> {
    const timer = setTimeout(() => this.#end(`did not listen within ${startsWithin / 1_000} s`), startsWithin);
    this.port = await this.#listening.promise.finally(() => clearTimeout(timer));
    return this;
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

  async stop(): Promise<void> {
    const child = this.#child;
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), endsWithin);
    await exited;
    clearTimeout(timer);
  }

  #nextRule(): number {
    this.#rules += 1;
    return this.#rules;
  }

  /** @returns what takes the rule away; once more does nothing, and neither does it when the process has ended */
  async #add(rule: number, add: WireRule): Promise<() => Promise<void>> {
    await this.#order({ add, rule });
    return async () => {
      if (this.#ended === undefined) await this.#order({ remove: rule });
    };
  }

  #order(order: DistributiveOmit<Order, 'id'>): Promise<number> {
    if (this.#ended) return Promise.reject(this.#ended);
    this.#orders += 1;
    const id = this.#orders;
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const timer = setTimeout(
      () => reject(new Error(`The statement relay (process ${this.pid}) did not answer within ${answersWithin} ms`)),
      answersWithin,
    );
    this.#asked.set(id, { resolve, reject });
    this.#child.stdin.write(`${JSON.stringify({ id, ...order })}\n`);
    return promise.finally(() => {
      clearTimeout(timer);
      this.#asked.delete(id);
    });
  }

  #hear(report: Report): void {
    if ('listening' in report) {
      this.#listening.resolve(report.listening);
      return;
    }
    const asked = this.#asked.get(report.id);
    if (report.error === undefined) asked?.resolve(report.matched ?? 0);
    else asked?.reject(new Error(`The statement relay refused: ${report.error}`));
  }

  #end(how: string): void {
    const said = this.#printed.trim() === '' ? 'It printed nothing.' : `It printed:\n${this.#printed.trim()}`;
    this.#ended ??= new Error(`The statement relay (node ${this.#main}) ${how}. ${said}`);
    this.#listening.reject(this.#ended);
    for (const { reject } of this.#asked.values()) reject(this.#ended);
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
