import { findActiveFaults } from '../../analysis/window/active-faults.ts';
import { type Operation, operationsOf } from '../../recording/columns.ts';
import type { Recording, RecordingData, StateRow } from '../../recording/recording.ts';

/** What an invariant looks at: all that was done in a run, and what was left of it. */
export interface History {
  /** Every operation, those of the warm-up (due before 0) included, in the order of the recording. */
  readonly operations: readonly Operation[];
  /**
   * What finalState read after everything had come to rest. Asking for it makes the judgement unknown where the run did
   * not read it, and where it had not come to rest.
   */
  readonly finalState: readonly StateRow[];
  /** What finalState read before the load. */
  readonly stateBefore: readonly StateRow[];
  /**
   * Everything else of the run: faults, exits, series. Looking at a part that was not read makes the judgement unknown.
   */
  readonly recording: RecordingData;
  /**
   * The faults that were in effect at some moment of a span, by name, joined by `and`; undefined if none was.
   * @param from milliseconds since zero
   * @param to default: the same instant
   */
  readonly faultAt: (from: number, to?: number) => string | undefined;
}

/**
 * Something that must not be. Text alone, or text with its subject, so that the message can say when and under which
 * fault.
 */
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

/** What an invariant found in a recording. */
export interface InvariantFinding {
  readonly witnesses: readonly Exclude<Witness, string>[];
  /** Why it cannot be told, in the invariant's own words. */
  readonly cannotTell: string | undefined;
  /** The final state was asked for. */
  readonly asksState: boolean;
  /** What was asked for and is not in this recording. */
  readonly unread: ReadonlySet<Unread>;
}

/** What a recording may lack, as a person calls it. */
export type Unread = (typeof lacking)[keyof typeof lacking];

/** Parts of a recording that are there only if they were read: undefined or an empty list says that they were not. */
const lacking = {
  finalState: 'the final state',
  series: 'the series',
  polls: "the polls of the app's health",
  statements: 'the statements of the databases',
  health: "the load generator's health",
  warmUp: 'the warm-up',
} as const;

/** That the final state was asked for and not read. */
class StateUnread extends Error {}

/**
 * Asks an invariant about a recording, and notes what it looks at.
 * @throws Error naming the invariant, when it throws; TypeError when it returns anything but witnesses
 */
export function askInvariant({ name, check }: Invariant, recording: Recording): InvariantFinding {
  const asked = new Set<Unread>();
  const unread = new Set<Unread>();
  const note = (part: Unread, isThere: boolean): void => {
    asked.add(part);
    if (!isThere) unread.add(part);
  };
  let found: unknown;
  try {
    found = check(historyOf(recording, note));
  } catch (cause) {
    // Whatever it stumbled over, it may have been what is not there.
    if (unread.size === 0) {
      throw new Error(`invariant '${name}' threw: ${cause instanceof Error ? cause.message : String(cause)}`, {
        cause,
      });
    }
  }
  const why = reasonIn(found);
  const isTold = unread.size === 0 && why === undefined;
  const witnesses = isTold ? witnessesIn(found, name) : [];
  return { witnesses, cannotTell: why, asksState: asked.has(lacking.finalState), unread };
}

type Note = (part: Unread, isThere: boolean) => void;

function historyOf(recording: Recording, note: Note): History {
  let operations: readonly Operation[] | undefined;
  const state = (which: 'before' | 'after'): readonly StateRow[] => {
    const { finalState } = recording;
    note(lacking.finalState, finalState !== undefined);
    if (!finalState) throw new StateUnread('the invariant asks for the final state, and none was read');
    return finalState[which];
  };
  return {
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
    recording: observed(recording, note),
    faultAt: (from, to) => findActiveFaults(recording, from, to),
  };
}

/** The same object, but that reading a part of it that may be lacking is noted; so is reading one of its generator. */
function observed<T extends object>(subject: T, note: Note): T {
  return new Proxy(subject, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof name === 'string' && Object.hasOwn(lacking, name)) {
        const isThere = Array.isArray(value) ? value.length > 0 : value !== undefined;
        note(lacking[name as keyof typeof lacking], isThere);
      }
      if (typeof value === 'function') return value.bind(target);
      return name === 'generator' ? observed(value as object, note) : value;
    },
  });
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
