import { type Duration, milliseconds } from '../../duration.ts';
import { mustKnow } from '../../known-options.ts';
import { type ByteSize, parseByteSize } from '../byte-size.ts';
import type { Ready } from './ready.ts';

/** How to start an app; made by {@link command}. */
export interface AppDefinition {
  readonly kind: 'command';
  readonly argv: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly ready: Ready;
  /** The path of its liveness; undefined when it has none. */
  readonly live: `/${string}` | undefined;
  /** Undefined: a free one at each start. */
  readonly port: number | undefined;
  readonly protocol: 'http' | 'https';
  /** Milliseconds from the start until it must be ready. */
  readonly readyTimeout: number;
  /** Whether a Node app is asked from within how it is doing. */
  readonly probe: boolean;
  /** What happens when it exits without having been asked to. */
  readonly restart: 'never' | 'always';
  /** Bytes that it may use; undefined for no limit. */
  readonly memoryLimit: number | undefined;
}

/** What `command` is told besides the command itself. */
export interface CommandOptions {
  /** Added to the environment of the test, of which the app sees all but Vitest's own variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** Default: the folder that the tests run in. */
  readonly cwd?: string;
  /**
   * When it counts as ready. A path is polled through every run as well, about five times a second and not as part of
   * the load, as an orchestrator polls readiness: `toReportReadiness` judges the answers. A RegExp or a function is
   * only for the start.
   */
  readonly ready: Ready;
  /** The path that says that the process lives, `/health`: polled as `ready` is, for `toStayLive`. Default none. */
  readonly live?: `/${string}`;
  /** The app is told its port in `PORT`: this one, or by default a free one. */
  readonly port?: number;
  /** What the app speaks on its port. Default `http`; with `https` its certificate may be self-signed. */
  readonly protocol?: 'http' | 'https';
  /** Default 20 s. */
  readonly readyTimeout?: Duration;
  /**
   * Default true: event-loop delay, garbage collection and heap of a Node app are recorded, by a module that
   * NODE_OPTIONS loads into it and into every Node process that it starts. Other programs do not notice.
   */
  readonly probe?: boolean;
  /**
   * `always`: an app that exits by itself, with whatever code, is started again on its port, as an orchestrator would:
   * after 100 ms, a time that doubles with each exit up to 5 s, and is 100 ms again once the app has run for 10 s. Each
   * exit is recorded. Default `never`.
   */
  readonly restart?: 'never' | 'always';
  /**
   * An app that uses more is killed (SIGKILL) with all that it started, as a container of that size would be:
   * `'512MB'`, or bytes. It is watched from outside, 20 times a second, so the limit is the same for any language, and
   * a peak between two looks passes. What counts is memory that only its processes have (heaps and stacks), together.
   * The app itself is not told of the limit: a runtime that sizes its heap by its container needs a setting of its own,
   * such as `node --max-old-space-size=400`.
   */
  readonly memoryLimit?: ByteSize;
}

const names = {
  env: true,
  cwd: true,
  ready: true,
  live: true,
  port: true,
  protocol: true,
  readyTimeout: true,
  probe: true,
  restart: true,
  memoryLimit: true,
} as const;

/**
 * An app as a child process, in any language.
 * @param argv the program and its arguments, without a shell; `node` is the Node that runs the tests
 * @throws TypeError for an argument that no app could be started with
 */
export function command(argv: readonly string[], options: CommandOptions): AppDefinition {
  if (!Array.isArray(argv)) {
    throw new TypeError(
      `command: needs a list of the program and its arguments, such as ['node', 'main.js']; got ${JSON.stringify(argv)}`,
    );
  }
  mustKnow(options, 'command', names);
  const [program, ...args] = argv;
  const { env = {}, cwd = process.cwd(), ready, port, protocol = 'http', readyTimeout = '20s', probe = true } = options;
  const { restart = 'never', memoryLimit, live } = options;
  if (!program || argv.some((word) => typeof word !== 'string')) {
    throw new TypeError(
      `command: needs a program and its arguments as strings, such as ['node', 'main.js']; got ${JSON.stringify(argv)}`,
    );
  }
  if (
    !(typeof ready === 'function' || ready instanceof RegExp || (typeof ready === 'string' && ready.startsWith('/')))
  ) {
    throw new TypeError(
      `command: ready must be a path from '/', a RegExp on the output or a function; got ${JSON.stringify(ready) ?? String(ready)}`,
    );
  }
  if (live !== undefined && !(typeof live === 'string' && live.startsWith('/'))) {
    throw new TypeError(
      `command: live must be a path from '/', such as '/health'; got ${JSON.stringify(live) ?? String(live)}`,
    );
  }
  if (port !== undefined && !(Number.isInteger(port) && port > 0 && port < 65_536)) {
    throw new TypeError(`command: port must be an integer from 1 to 65535, or left out for a free one; got ${port}`);
  }
  if (protocol !== 'http' && protocol !== 'https') {
    throw new TypeError(`command: protocol must be 'http' or 'https'; got ${JSON.stringify(protocol)}`);
  }
  for (const [name, value] of Object.entries(env)) {
    if (name === 'PORT')
      throw new TypeError('command: PORT is set by us; give the option port, or leave it out for a free one');
    if (typeof value !== 'string') throw new TypeError(`command: env.${name} must be a string; got ${String(value)}`);
  }
  if (typeof probe !== 'boolean') throw new TypeError(`command: probe must be true or false; got ${String(probe)}`);
  if (restart !== 'never' && restart !== 'always') {
    throw new TypeError(`command: restart must be 'never' or 'always'; got ${JSON.stringify(restart)}`);
  }
  const limit = memoryLimit === undefined ? undefined : parseByteSize(memoryLimit, 'command: memoryLimit');
  const timeout = milliseconds(readyTimeout, 'command: readyTimeout');
  return {
    kind: 'command',
    argv: [program, ...args],
    env,
    cwd,
    ready,
    live,
    port,
    protocol,
    readyTimeout: timeout,
    probe,
    restart,
    memoryLimit: limit,
  };
}
