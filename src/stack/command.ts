import { type Duration, milliseconds } from '../duration.ts';
import type { Ready } from './ready.ts';

/** How to start an app; made by {@link command}. */
export interface AppDefinition {
  readonly kind: 'command';
  readonly argv: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly ready: Ready;
  /** Undefined: a free one at each start. */
  readonly port: number | undefined;
  /** Milliseconds from the start until it must be ready. */
  readonly readyTimeout: number;
}

/** What `command` is told besides the command itself. */
export interface CommandOptions {
  /** Added to the environment of the test, of which the app sees all but Vitest's own variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** Default: the folder that the tests run in. */
  readonly cwd?: string;
  readonly ready: Ready;
  /** The app is told its port in `PORT`: this one, or by default a free one. */
  readonly port?: number;
  /** Default 20 s. */
  readonly readyTimeout?: Duration;
}

/**
 * An app as a child process, in any language.
 * @param argv the program and its arguments, without a shell; `node` is the Node that runs the tests
 * @throws TypeError for an argument that no app could be started with
 */
export function command(argv: readonly string[], options: CommandOptions): AppDefinition {
  const [program, ...args] = argv;
  const { env = {}, cwd = process.cwd(), ready, port, readyTimeout = '20s' } = options;
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
  if (port !== undefined && !(Number.isInteger(port) && port > 0 && port < 65_536)) {
    throw new TypeError(`command: port must be an integer from 1 to 65535, or left out for a free one; got ${port}`);
  }
  for (const [name, value] of Object.entries(env)) {
    if (name === 'PORT')
      throw new TypeError('command: PORT is set by us; give the option port, or leave it out for a free one');
    if (typeof value !== 'string') throw new TypeError(`command: env.${name} must be a string; got ${String(value)}`);
  }
  const timeout = milliseconds(readyTimeout, 'command: readyTimeout');
  return { kind: 'command', argv: [program, ...args], env, cwd, ready, port, readyTimeout: timeout };
}
