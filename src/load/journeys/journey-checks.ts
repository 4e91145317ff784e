import { type Duration, milliseconds } from '../../duration.ts';
import type { About } from '../load.ts';

/** Milliseconds of a pause, drawn where it is a range. @throws TypeError, RangeError when it is no length of time */
export function pauseOf(
  time: Duration | { readonly from: Duration; readonly to: Duration },
  random: () => number,
): number {
  if (typeof time !== 'object' || time === null) return milliseconds(time, 'think(...)');
  const from = milliseconds(time.from, 'think({ from })');
  const to = milliseconds(time.to, 'think({ to })');
  if (to < from) {
    throw new RangeError(`think: from must not be above to; got ${JSON.stringify(time)}`);
  }
  return from + random() * (to - from);
}

/** @throws TypeError when a step has no name or nothing to do */
export function mustBeStep(name: unknown, work: unknown): void {
  if (typeof name === 'string' && name !== '' && typeof work === 'function') return;
  throw new TypeError(
    `step must be given a name and a function, such as step('publish', ({ signal }) => queue.add(...)); got ${typeof name} and ${typeof work}`,
  );
}

/** @throws TypeError when a label is no text, or the kind is none */
export function mustBeTexts(about: About): void {
  for (const label of ['key', 'value', 'name'] as const) {
    const text: unknown = about?.[label];
    if (text === undefined || typeof text === 'string') continue;
    throw new TypeError(`about: ${label} must be text; got ${typeof text}; convert it with String(...)`);
  }
  const kind: unknown = about?.kind;
  if (kind === undefined || kind === 'read' || kind === 'look' || kind === 'write' || kind === 'remove') return;
  throw new TypeError(`about: kind must be 'read', 'look', 'write' or 'remove'; got ${JSON.stringify(kind)}`);
}
