import type { Owe } from './debt.ts';
import type { ExecutableSearch } from './runtimes/embedded/executable.ts';
import type { User } from './runtimes/embedded/unprivileged.ts';

/** A service whose server process can be ended and started again. */
export interface Killable {
  /** SIGKILL to every process of the server; resolves when all are gone. */
  kill(): Promise<void>;
  /** Ends the server as an administrator would; resolves when all its processes are gone. */
  stop(): Promise<void>;
  /**
   * Starts the server; resolves when the process runs, not when it answers.
   * @throws Error with the server's output when it exits
   */
  start(): Promise<void>;
}

/** A service whose server can be paused: it keeps its connections and answers nothing. */
export interface Pausable {
  /** Stops every process of the server (SIGSTOP). */
  pause(): Promise<void>;
  /** Continues them. A server that was not paused is fine. */
  resume(): Promise<void>;
}

/** A server that was started, as a child process or in a container. */
export interface Server extends Killable, Pausable {
  /** Port on 127.0.0.1; the same after every start. */
  readonly port: number;
  /**
   * Process id of its main process on this machine; undefined while it does not run, or when it cannot be seen.
   */
  readonly pid?: number | undefined;
  /** Whether its main process is there now, paused or not. */
  runs(): Promise<boolean>;
  /**
   * Asks again and again until `check` succeeds.
   * @param timeout milliseconds
   * @throws Error when the server ends meanwhile, or the time is over; with the end of its log
   */
  ready(check: () => Promise<void>, timeout: number): Promise<void>;
  /** Ends it for good, at once; nothing of it is left. */
  end(): Promise<void>;
}

/** What a server may use of the stack around it. */
export interface ServerHost {
  /** Private folder of this stack; removed at its end, whatever happens. */
  readonly folder: string;
  /** Registers a started process with the reaper, so that it and its descendants end with us. */
  track(pid: number): void;
  /** Notes what undoes a change that would outlive us. */
  readonly owe: Owe;
}

/** One server that a service asks for. */
export interface ServerOrder {
  /** The user's name for it. */
  readonly name: string;
  readonly host: ServerHost;
  /** Settings by the server's own names; they win over ours. */
  readonly settings: Readonly<Record<string, string>>;
  /** What the containers runtime runs; another runtime looks for a program. */
  readonly image: string;
}

/** A kind of server, and how each runtime runs it. */
export interface ServerProgram {
  /** `postgres`. */
  readonly kind: string;
  /** Names of the settings that the stack chooses, in lower case. A user who gives one gets an error. */
  readonly reserved: readonly string[];
  /** Looks for the program on this machine. */
  search(): Promise<ExecutableSearch>;
  /**
   * Prepares to run it as a child process.
   * @param folder an empty folder of this server
   * @throws Error when the program is not there, or its data cannot be made
   */
  planProcess(order: ServerOrder, folder: string): Promise<ProcessRun>;
  /** Says how to run it in a container. */
  planContainer(order: ServerOrder): ContainerRun;
}

/** What both runtimes need to know. */
interface ServerRun {
  /** Signal by which an administrator ends it. */
  readonly graceful: NodeJS.Signals;
  /** Asks the server that answers on that port. @throws Error when it is another one, or does not answer yet */
  mustBeOurs(port: number): Promise<void>;
}

/** How a server is run as a child process. */
export interface ProcessRun extends ServerRun {
  /** For messages: `Postgres 18.4`. */
  readonly title: string;
  readonly command: string;
  args(port: number): readonly string[];
  /** Working folder. */
  readonly folder: string;
  /** The user it runs as, if not ours. */
  readonly user: User | undefined;
  /** Signal that ends it at once, but lets it remove what it holds of the system. */
  readonly immediate: NodeJS.Signals;
  /** Removes what a killed server may hold of the system, once it has ended for good. */
  clear(): void;
}

/** How a server is run in a container. */
export interface ContainerRun extends ServerRun {
  readonly environment: Readonly<Record<string, string>>;
  /** Where it listens inside, when the port is published. */
  readonly usualPort: number;
  /** @param address `*` for every address @param port of that address */
  command(address: string, port: number): readonly string[];
}

/** Where a stack's servers run. */
export type RuntimeName = 'embedded' | 'containers';

/** Starts the servers of one stack and the fault proxy in front of them. */
export interface Runtime {
  readonly name: RuntimeName;
  /** Sentences for the report, such as about a proxy that is not the usual one. */
  readonly notes: readonly string[];
  /**
   * Starts a server; resolves when it answers.
   * @throws Error when the program is not there, or does not run with these settings; nothing is left running then
   */
  start(program: ServerProgram, order: ServerOrder): Promise<Server>;
  /** Starts the fault proxy server. @throws Error when it does not answer in time */
  startProxy(host: ServerHost): Promise<RunningProxy>;
}

/** The fault proxy server of a stack. */
export interface RunningProxy {
  /** Where its HTTP API answers. */
  readonly url: string;
  /** Process id on this machine, when it is known. */
  readonly pid?: number;
  /** Ends it; resolves when it is gone. */
  stop(): Promise<void>;
}
