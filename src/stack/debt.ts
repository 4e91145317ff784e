import type { ProcessEntry } from './machine/processes.ts';

/**
 * What another process can do to undo a change. It must do no harm when there is nothing to undo.
 */
export type DebtRemedy =
  /** Lets a process and all its descendants go on after SIGSTOP. */
  | { readonly resume: ProcessEntry }
  /**
   * Ends the processes that carry a mark (see `markerVariable`), and one with its descendants that may have shed it.
   */
  | { readonly end: { readonly marker: string; readonly process?: ProcessEntry } }
  /** Starts a server that is down. A server that may be in the middle of its end is ended first. */
  | { readonly start: ServerCommand; readonly ending?: EndingProcess }
  /** Statements, one by one, in the database `postgres` of the server on that port. */
  | { readonly postgres: number; readonly statements: readonly string[] }
  /** Commands, one by one, to the Redis on that port. */
  | { readonly redis: number; readonly commands: readonly (readonly string[])[] }
  /** A request to a fault proxy's API. */
  | { readonly request: ProxyRequest }
  /** Lets a container go on, by its id. */
  | { readonly unpause: string }
  /** Starts a container that is down. One that may be in the middle of its end is ended first. */
  | { readonly startContainer: EndingContainer };

/** A process that is to end. */
export interface EndingProcess {
  readonly process: ProcessEntry;
  readonly by: NodeJS.Signals;
}

/** A container that is to end. */
export interface EndingContainer {
  readonly id: string;
  readonly by: NodeJS.Signals;
  /** When it was started, as the engine says. If it runs since another instant, it was ended and started again. */
  readonly startedAt: string;
}

/** A request to a fault proxy's API. */
export interface ProxyRequest {
  readonly method: 'POST' | 'DELETE';
  readonly url: string;
  readonly body?: object;
}

/** How a server's process is started. */
export interface ServerCommand {
  /** Where it listens, on 127.0.0.1. */
  readonly port: number;
  readonly command: string;
  readonly args: readonly string[];
  /** Working folder. */
  readonly folder: string;
  /** Its output is appended here. */
  readonly logFile: string;
  /** The user it runs as, if not ours. */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
}

/**
 * Notes a change that outlives this process, before it is made. If the process ends without having undone it and the
 * stack stays up, the reaper undoes it. The last change is undone first.
 * @param what what was done, for messages: `readOnly(db)`
 * @returns settles it, once the change has been undone; more than once does nothing
 */
export type Owe = (what: string, remedy: DebtRemedy) => () => void;
