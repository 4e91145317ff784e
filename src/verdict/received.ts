import type { Recording, Window } from '../recording/recording.ts';

/**
 * What a matcher was given, as a window (a recording is one).
 * @throws TypeError naming what it was and what to write instead
 */
export function receivedWindow(received: unknown, matcher: string): Window {
  if (isWindow(received)) return received;
  throw new TypeError(
    `${matcher} judges a recording or one of its windows (recording.during); ${got(received, matcher)}`,
  );
}

/**
 * What a matcher was given, as a whole recording.
 * @param why said when it was given a window: why a part of the run is not enough
 * @throws TypeError naming what it was and what to write instead
 */
export function receivedRecording(received: unknown, matcher: string, why: string): Recording {
  if (!isWindow(received)) throw new TypeError(`${matcher} judges a recording; ${got(received, matcher)}`);
  if (received.recording === received) return received.recording;
  throw new TypeError(
    `${matcher} judges a whole recording, and got its window '${received.name}': ${why}. Write expect(recording).${matcher}(...)`,
  );
}

// By shape: a test may hold the class from another copy of this package than the matcher.
function isWindow(received: unknown): received is Window {
  if (typeof received !== 'object' || received === null || !('recording' in received)) return false;
  const { recording } = received;
  return typeof recording === 'object' && recording !== null && 'columns' in recording && 'generator' in recording;
}

function got(received: unknown, matcher: string): string {
  if (typeof received === 'object' && received !== null && 'then' in received) {
    return `got a Promise: await it first, const recording = await run({ ... }); expect(recording).${matcher}(...)`;
  }
  const kind = received === null ? 'null' : Array.isArray(received) ? 'an array' : typeof received;
  return `got ${kind === 'undefined' ? kind : kind.replace(/^(string|number|boolean|function|object|symbol|bigint)$/, 'a value of type $1')}: pass what await run({ ... }) returned`;
}
