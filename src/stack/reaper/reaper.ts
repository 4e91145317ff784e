// The reaper: a process that ends all servers and undoes all changes when the test's process is gone. Begin here;
// reaper-main.ts is the process, pay.ts undoes changes. Imports machine, never a runtime but to start a server again.

import { realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { JsonChild } from '../../child/json-child.ts';
import type { DebtRemedy, Owe } from '../debt.ts';
import type { EngineAddress } from '../machine/engine.ts';
import { type Cleaning, clean, markerVariable } from '../machine/leftovers.ts';
import { type ProcessEntry, readProcessEntry } from '../machine/processes.ts';

/** How the private folder of every stack begins; the reaper removes no other. */
export const folderPrefix = 'breaking-point-';

/** Orders for the reaper's process at its start. */
export interface ReaperOrder {
  readonly folder: string;
  readonly marker: string;
  /** The process that opened the stack. */
  readonly stack: ProcessEntry;
  /** The process that forked it (Vitest's main process): when it is gone, the stack's process is ended too. */
  readonly owner?: ProcessEntry;
  /** Seconds since the epoch. */
  readonly since: number;
}

/** One line to the reaper's process. */
export interface ReaperCommand {
  readonly track?: ProcessEntry;
  /** Where the stack's containers are. */
  readonly engine?: EngineAddress;
  /** Name of a container that is about to be made. */
  readonly creating?: string;
  /** Name of a container that is there now, or will never be. */
  readonly settled?: string;
  /** A change that is about to be made, and what undoes it. */
  readonly owe?: { readonly id: number; readonly what: string; readonly remedy: DebtRemedy };
  /** Id of one that was undone. */
  readonly settle?: number;
  /** Leave everything up until a signal comes, and undo what is owed when the stack's process is gone. */
  readonly keep?: true;
  /** A clean end: look for what is left, end it, answer, exit. */
  readonly done?: true;
}

interface ReaperAnswer {
  readonly ready?: true;
  /** Why the folder could not be made. */
  readonly failed?: string;
  readonly closed?: Cleaning;
}

/** Ends what a stack started when the stack's process ends for whatever reason, SIGKILL included. */
export class Reaper {
  /** Of the reaper's own process. */
  readonly pid: number;
  readonly #child: JsonChild<ReaperAnswer>;
  readonly #order: ReaperOrder;
  readonly #tracked: ProcessEntry[] = [];
  readonly #pending = new Set<string>();
  #debts = 0;
  #engine: EngineAddress | undefined;
  #closing: Promise<readonly number[]> | undefined;

  private constructor(child: JsonChild<ReaperAnswer>, order: ReaperOrder) {
    this.pid = child.pid;
    this.#child = child;
    this.#order = order;
  }

  /**
   * Starts the reaper's process; resolves when it is on watch and has made the folder.
   * @param folder the stack's private folder; its name begins with `breaking-point-`
   * @param marker value of the environment variable BREAKING_POINT_STACK in what the stack starts
   * @throws Error when the folder is no stack's folder or cannot be made, or the process cannot be started
   */
  static async start(folder: string, marker: string): Promise<Reaper> {
    if (!basename(folder).startsWith(folderPrefix)) {
      throw new Error(`the reaper removes only folders named ${folderPrefix}*; got ${folder}`);
    }
    const order = makeOrder(folder, marker);
    const child = new JsonChild<ReaperAnswer>({
      name: 'The reaper',
      main: new URL('./reaper-main.js', import.meta.url),
      args: [JSON.stringify(order)],
      // The marker of a stack around this one is not meant for it.
      without: [markerVariable],
      silent: true,
    });
    const answer = await child.answer();
    if (answer.failed) throw new Error(`the stack has no folder: ${answer.failed}; name another place in TMPDIR`);
    // From here on it must not keep this process from ending.
    child.hold(false);
    return new Reaper(child, order);
  }

  /** From now on this process and its descendants end with the stack. Call it at once after the start. */
  track(pid: number): void {
    const entry = readProcessEntry(pid);
    if (!entry) return;
    this.#tracked.push(entry);
    this.#send({ track: entry });
  }

  /** From now on the containers with the stack's label end with the stack. */
  engine(address: EngineAddress): void {
    this.#engine = address;
    this.#send({ engine: address });
  }

  /** A container of that name is about to be made: it is waited for when the stack ends before it is there. */
  creating(name: string): void {
    this.#pending.add(name);
    this.#send({ creating: name });
  }

  /** The container is there now, or will never be. */
  settled(name: string): void {
    if (this.#pending.delete(name)) this.#send({ settled: name });
  }

  /** Of a stack that stays up. In any other nothing is left that a change could be undone of. */
  readonly owe: Owe = (what, remedy) => {
    this.#debts += 1;
    const id = this.#debts;
    this.#send({ owe: { id, what, remedy } });
    return () => this.#send({ settle: id });
  };

  /**
   * A clean end: whatever is still there is ended, shared memory and folder are removed, and the reaper exits.
   * @returns the processes that had to be ended
   * @throws Error naming what could not be ended or removed
   */
  close(): Promise<readonly number[]> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Leaves everything up after the stack's process ended, in whatever way; `kill` with {@link pid} ends it. */
  keep(): void {
    this.#send({ keep: true });
  }

  async #close(): Promise<readonly number[]> {
    // Now there is something to wait for.
    this.#child.hold(true);
    this.#send({ done: true });
    const { ended, problems } = (await this.#lastWords())?.closed ?? (await this.#cleanOurselves());
    if (problems.length > 0) throw new Error(`the stack left something behind: ${problems.join('; ')}`);
    return ended;
  }

  /** For when another process ended the reaper. */
  #cleanOurselves(): Promise<Cleaning> {
    const { folder, marker, owner, since } = this.#order;
    const spared = [process.pid, ...(owner ? [owner.pid] : [])];
    const containers = this.#engine && { engine: this.#engine, pending: this.#pending };
    return clean({ folder, marker, tracked: this.#tracked, spared, since, containers });
  }

  #send(command: ReaperCommand): void {
    this.#child.tell(command);
  }

  /** What it found and ended; undefined when somebody ended it. */
  #lastWords(): Promise<ReaperAnswer | undefined> {
    return this.#child.answer().catch(() => undefined);
  }
}

function makeOrder(folder: string, marker: string): ReaperOrder {
  const stack = readProcessEntry(process.pid);
  if (!stack) throw new Error(`process ${process.pid} does not find itself in the process table; is /proc mounted?`);
  // Only a fork has a channel to its parent: a parent of another kind (a shell) may end before us without meaning it.
  const owner = process.connected ? readProcessEntry(process.ppid) : undefined;
  const since = Math.floor(Date.now() / 1_000) - 1;
  return {
    folder: join(realpathSync(dirname(folder)), basename(folder)),
    marker,
    stack,
    since,
    ...(owner ? { owner } : {}),
  };
}
