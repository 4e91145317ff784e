import type { Recording } from '../recording/recording.ts';
import type { Suite } from './suite.ts';

/** Which test made a recording, and where it left it. */
export interface Origin {
  /** Name of its Vitest project; empty where it has none. */
  readonly project: string;
  /** Path of the test file, relative to the root of the project. */
  readonly file: string;
  /** The titles of its groups and its own, as Vitest joins them: `pg > survives`. */
  readonly fullName: string;
  /** Folder of the recordings and logs of this attempt, relative to the root. */
  readonly folder: string;
  /** Whether it is a trial of a search or an exploration, which tells how to replay the whole. */
  readonly isTrial: boolean;
  /** What its suite says in words of its own. */
  readonly suite?: Suite | undefined;
}

const origins = new WeakMap<Recording, Origin>();

/** Keeps which test made a recording, so that a message can say how to run it again. */
export function keepOrigin(recording: Recording, origin: Origin): void {
  origins.set(recording, origin);
}

/** Which test made a recording; undefined for one that was read from a file, or made by hand. */
export function originOf(recording: Recording): Origin | undefined {
  return origins.get(recording);
}

/** What the suite whose test made a recording says in words of its own; nothing where that is not known. */
export function suiteOf(recording: Recording): Suite {
  return origins.get(recording)?.suite ?? {};
}
