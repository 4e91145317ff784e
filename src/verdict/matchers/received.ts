import type { Recording, Window } from '../../recording/recording.ts';
import { isRepeated, type Repeats } from '../repeats.ts';

/** What a matcher was given: one window, or the same of each repeat. */
export interface Received<Part extends Window = Window> {
  /** What the judgements are remembered of. */
  readonly judged: Recording | Repeats;
  readonly parts: readonly [Part, ...Part[]];
}

/**
 * What a matcher was given, as windows (a recording is one).
 * @throws TypeError naming what it was and what to write instead
 */
export function receivedWindow(received: unknown, matcher: string): Received {
  if (isRepeated(received)) return { judged: received.repeats, parts: received.windows as [Window, ...Window[]] };
  if (isWindow(received)) return { judged: received.recording, parts: [received] };
  throw new TypeError(
    `${matcher} judges a recording or one of its windows (recording.during); ${got(received, matcher)}`,
  );
}

/**
 * What a matcher was given, as a whole recording.
 * @param why said when it was given a window: why a part of the run is not enough
 * @throws TypeError naming what it was and what to write instead
 */
export function receivedRecording(received: unknown, matcher: string, why: string): Received<Recording> {
  if (!isRepeated(received) && !isWindow(received)) {
    throw new TypeError(`${matcher} judges a recording; ${got(received, matcher)}`);
  }
  const { judged, parts } = receivedWindow(received, matcher);
  const recordings = parts.map((part) => part.recording) as [Recording, ...Recording[]];
  if (parts.every((part, index) => part === recordings[index])) return { judged, parts: recordings };
  throw new TypeError(
    `${matcher} judges a whole recording, and got its window '${parts[0].name}': ${why}. Write expect(recording).${matcher}(...)`,
  );
}

// By shape: a test may hold the class from another copy of this package than the matcher.
function isWindow(received: unknown): received is Window {
  if (typeof received !== 'object' || received === null || !('recording' in received)) return false;
  const { recording } = received;
  return typeof recording === 'object' && recording !== null && 'columns' in recording && 'generator' in recording;
}

/**
 * Whether it is a promise that was not awaited. Its result does not matter then: the run is broken off with the test.
 */
export function isPromise(received: unknown): boolean {
  if (typeof received !== 'object' || received === null || !('then' in received)) return false;
  Promise.resolve(received).catch(() => undefined);
  return true;
}

function got(received: unknown, matcher: string): string {
  if (isPromise(received)) {
    return `got a Promise: await it first, const recording = await run({ ... }); expect(recording).${matcher}(...)`;
  }
  const kind = received === null ? 'null' : Array.isArray(received) ? 'an array' : typeof received;
  return `got ${kind === 'undefined' ? kind : kind.replace(/^(string|number|boolean|function|object|symbol|bigint)$/, 'a value of type $1')}: pass what await run({ ... }) returned`;
}
