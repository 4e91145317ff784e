import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Environment variable that tells the probe in a Node app which file its samples go to. */
export const probeVariable = 'BREAKING_POINT_PROBE';

/**
 * One line of the probe's file: a Node process of the app, over the time since its line before. Written about twice a
 * second.
 */
export interface ProbeSample {
  readonly pid: number;
  /** Milliseconds on the clock of `recording/clock.ts`. */
  readonly at: number;
  /** Milliseconds since the sample before. */
  readonly span: number;
  /** Delay of the event loop in milliseconds: how late its timers were. */
  readonly p99: number;
  readonly max: number;
  /** Share of the time that the event loop did not wait, 0 to 1. */
  readonly busy: number;
  /** Milliseconds of garbage collection. */
  readonly gc: number;
  /** Bytes of the JavaScript heap in use. */
  readonly heap: number;
}

/** Compiled, since Node strips no types under node_modules; from `src` and from `dist` alike. */
const module = fileURLToPath(new URL('../../../dist/stack/app/preloaded-probe.cjs', import.meta.url));

/**
 * Environment that puts the probe into every Node process that an app starts; for other programs it means nothing.
 * @param options the app's own NODE_OPTIONS, which come first
 * @param file where the samples go
 * @returns nothing when the package is not built, or when the app runs under Node's permission model, which would end
 *   it for reading the probe
 */
export function environmentFor(
  argv: readonly string[],
  options: string | undefined,
  file: string,
): Record<string, string> {
  const restricted = [...argv, options ?? ''].some((word) => /(^|\s)--(experimental-)?permission\b/.test(word));
  if (restricted || !existsSync(module)) return {};
  return { NODE_OPTIONS: addProbe(options, module), [probeVariable]: file };
}

/** NODE_OPTIONS with a module to be loaded first. Its path may hold spaces, quotes and backslashes. */
export function addProbe(options: string | undefined, module: string): string {
  const quoted = `"${module.replace(/["\\]/g, '\\$&')}"`;
  return `${options ? `${options} ` : ''}--require ${quoted}`;
}
