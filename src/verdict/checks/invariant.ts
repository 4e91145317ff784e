import { activeFaults } from '../../analysis/window/active-faults.ts';
import { type Operation, operationsOf } from '../../recording/columns.ts';
import type { Recording, RecordingData, StateRow } from '../../recording/recording.ts';

/** What an invariant looks at: all that was done in a run, and what was left of it. */
export interface History {
  /** Every operation, those of the warm-up (due before 0) included, in the order of the recording. */
  readonly operations: readonly Operation[];
  /**
   * What finalState read after everything had come to rest. To ask for it makes the judgement unknown where the run did not read it, and where it had
   * not come to rest.
   */
  readonly finalState: readonly StateRow[];
  /** What finalState read before the load. */
  readonly stateBefore: readonly StateRow[];
  /** Everything else of the run: faults, exits, series. */
  readonly recording: RecordingData;
  /**
   * The faults that were in effect at some moment of a span, by name, joined by `and`; undefined if none was.
   * @param from milliseconds since zero
   * @param to default: the same instant
   */
  readonly faultAt: (from: number, to?: number) => string | undefined;
}

/** Something that must not be. Text alone, or with what it is about, so that the message can say when and under which fault. */
export type Witness =
  | string
  | {
      /** What is wrong, as a clause: `shipped unpaid`. */
      readonly what: string;
      readonly key?: string | undefined;
      /** Milliseconds since zero, such as an operation's `endedAt`. */
      readonly at?: number;
    };

/** That a run cannot tell whether an invariant was kept. Made by {@link cannotTell}. */
export interface CannotTell {
  readonly cannotTell: string;
}

/** A rule of the user's own that a run must keep. */
export interface Invariant {
  readonly name: string;
  /** Every witness against it; none when it was kept. Synchronous and pure. */
  readonly check: (history: History) => readonly Witness[] | CannotTell;
}

/**
 * A rule of your own over what was done in a run and what was left of it, for `expect(recording).toKeep(...)`.
 * @param name as a sentence: `no order is shipped unpaid`
 * @param check returns a witness for each time that the rule was broken, none when it was kept; or {@link cannotTell}
 * @throws TypeError without a name or a function
 */
export function invariant(name: string, check: Invariant['check']): Invariant {
  if (typeof name !== 'string' || name.trim() === '') {
    throw new TypeError(
      `invariant: the name must say what must be so, such as 'no order is shipped unpaid'; got ${JSON.stringify(name)}`,
    );
  }
  if (typeof check !== 'function') {
    throw new TypeError(
      `invariant '${name}' needs a function of { operations, finalState } that returns its witnesses; got ${typeof check}`,
    );
  }
  return { name, check };
}

/**
 * Says in an invariant that this run cannot tell: the judgement is unknown and does not pass.
 * @param why a sentence, with what to do about it
 */
export function cannotTell(why: string): CannotTell {
  return { cannotTell: why };
}

/** What an invariant came to. */
export interface Kept {
  readonly witnesses: readonly Exclude<Witness, string>[];
  /** Why it cannot be told, in the invariant's own words. */
  readonly cannotTell: string | undefined;
  /** The final state was asked for. */
  readonly asked: boolean;
  /** ... and there was none. */
  readonly unread: boolean;
}

/** That the final state was asked for and not read. */
class Unread extends Error {}

/**
 * Asks an invariant about a recording.
 * @throws Error naming the invariant, when it throws; TypeError when it returns anything but witnesses
 */
export function kept({ name, check }: Invariant, recording: Recording): Kept {
  let asked = false;
  let operations: readonly Operation[] | undefined;
  const state = (which: 'before' | 'after'): readonly StateRow[] => {
    asked = true;
    if (!recording.finalState) throw new Unread(`invariant '${name}' asks for the final state, and none was read`);
    return recording.finalState[which];
  };
  const history: History = {
    get operations() {
      operations ??= [...operationsOf(recording.columns)];
      return operations;
    },
    get finalState() {
      return state('after');
    },
    get stateBefore() {
      return state('before');
    },
    recording,
    faultAt: (from, to) => activeFaults(recording, from, to),
  };
  let found: unknown;
  try {
    found = check(history);
  } catch (cause) {
    if (cause instanceof Unread) return { witnesses: [], cannotTell: undefined, asked, unread: true };
    throw new Error(`invariant '${name}' threw: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  const why = reasonIn(found);
  const unread = asked && !recording.finalState;
  return { witnesses: why === undefined ? witnessesIn(found, name) : [], cannotTell: why, asked, unread };
}

function reasonIn(found: unknown): string | undefined {
  if (typeof found !== 'object' || found === null || !('cannotTell' in found)) return undefined;
  return String(found.cannotTell);
}

function witnessesIn(found: unknown, name: string): Exclude<Witness, string>[] {
  if (!Array.isArray(found)) {
    const got = typeof found === 'object' && found !== null && 'then' in found ? 'a Promise' : JSON.stringify(found);
    throw new TypeError(
      `invariant '${name}' must return an array of witnesses, [] when it was kept, and at once; got ${got}`,
    );
  }
  return found.map((one: unknown) => {
    if (typeof one === 'string') return { what: one };
    if (typeof one === 'object' && one !== null && 'what' in one && typeof one.what === 'string') {
      return one as Exclude<Witness, string>;
    }
    throw new TypeError(
      `invariant '${name}': a witness must be a text or { what, key?, at? }; got ${JSON.stringify(one)}`,
    );
  });
}
