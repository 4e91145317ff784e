import { chunksOf, keysOf, type Operation, operationAt } from '../../recording/columns.ts';
import { comparable } from '../../recording/equality.ts';
import type { KeyHash } from '../../recording/key-hash.ts';
import { deedIn } from '../../recording/kinds.ts';
import type { FinalState, Recording, StateRow } from '../../recording/recording.ts';
import type { HasKey } from '../keys/key-parts.ts';
import { leaves, onlyLooks, type RegisterCall, type RegisterModel, type Timed } from './register.ts';

/** What happened to one key's register. */
export interface RegisterHistory {
  readonly key: string;
  /** What the register held in the beginning. */
  readonly held: string | undefined;
  /** Whether the model, or a state that was read before the load, says so. */
  readonly isHeldKnown: boolean;
  /** What took effect, or may have. */
  readonly operations: readonly Timed[];
  /** What the writes wanted to leave that certainly came to nothing. */
  readonly failed: readonly (string | undefined)[];
  /** A write, or the state before the load, does not say which value, so that nothing can be judged. */
  readonly unsaid: boolean;
}

/**
 * The histories of the keys of a part of a recording, as a model sees them. The warm-up is part of them.
 * @throws Error naming the operation, when the user's function throws or returns no call
 */
export function collectRegisterHistories(
  recording: Recording,
  model: RegisterModel,
  isHere: HasKey,
): RegisterHistory[] {
  const drafts = new Map<string, Draft>();
  const hash: KeyHash = { high: 0, low: 0 };
  for (const columns of chunksOf(recording.columns)) {
    const keys = keysOf(columns);
    for (let row = 0; row < columns.length; row++) {
      if (!keys.has(row) || Number.isNaN(columns.startedAt[row] as number) || !isHere(keys.hash(row, hash))) continue;
      const operation = operationAt(columns, row);
      if (operation.kind === 'read' && !saysWhatItSaw(operation)) continue;
      const key = operation.key as string;
      const draft = drafts.get(key) ?? { operations: [], failed: [], unsaid: false };
      drafts.set(key, draft);
      enter(draft, operation, makeComparable(callOf(model, operation)));
    }
  }
  const state = model.finalState ? collectValues(recording.finalState, drafts) : undefined;
  return [...drafts].map(([key, draft]) => finishHistory(key, draft, model, state));
}

interface Draft {
  readonly operations: Timed[];
  readonly failed: (string | undefined)[];
  unsaid: boolean;
}

function saysWhatItSaw({ outcome, category }: Operation): boolean {
  return outcome === 'ok' || category === '404' || category === '410';
}

/** A write that does not say what it wrote. */
const unsaid = 'unsaid';

function callOf(model: RegisterModel, operation: Operation): RegisterCall | typeof unsaid | undefined {
  const { value } = operation;
  const kind = deedIn(operation);
  if (!model.call) {
    if (kind === 'look') return undefined;
    if (kind === 'read') return { kind: 'read', value };
    if (kind === 'remove') return { kind: 'write', value: undefined };
    return value === undefined ? unsaid : { kind: 'write', value };
  }
  const named = `register({ call }) on the operation ${operation.name} of the key ${operation.key}`;
  let call: RegisterCall | undefined;
  try {
    call = model.call(operation);
  } catch (cause) {
    throw new Error(`${named} threw: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  if (call === undefined || ['read', 'write', 'cas'].includes(call?.kind)) return call;
  throw new TypeError(
    `${named} must return { kind: 'read' | 'write' | 'cas', ... } or undefined; got ${JSON.stringify(call)}`,
  );
}

/** A call with its values written so that equal ones are the same text. */
function makeComparable(call: RegisterCall | typeof unsaid | undefined): RegisterCall | typeof unsaid | undefined {
  if (call === undefined || call === unsaid) return call;
  return call.kind === 'cas'
    ? { ...call, from: makeTextComparable(call.from), to: makeTextComparable(call.to) }
    : { kind: call.kind, value: makeTextComparable(call.value) };
}

function makeTextComparable(value: string | undefined): string | undefined {
  return value === undefined ? undefined : comparable(value);
}

function enter(draft: Draft, operation: Operation, call: RegisterCall | typeof unsaid | undefined): void {
  if (call === undefined) return;
  const { outcome, startedAt: from, endedAt } = operation;
  if (call === unsaid) {
    if (outcome !== 'failed') draft.unsaid = true;
    return;
  }
  if (onlyLooks(call)) {
    if (Number.isNaN(endedAt)) return;
    if (call.kind === 'cas') draft.operations.push({ call, from, to: endedAt });
    else if (outcome === 'ok') draft.operations.push({ call, from, to: endedAt });
    else if (saysWhatItSaw(operation))
      draft.operations.push({ call: { kind: 'read', value: undefined }, from, to: endedAt });
  } else if (outcome === 'failed') draft.failed.push(leaves(call));
  else draft.operations.push({ call, from, to: outcome === 'ok' ? endedAt : Number.POSITIVE_INFINITY });
}

/** The state of the keys that were used; `several` where rows are without a value, or more than one. */
interface StateValues {
  readonly before: ReadonlyMap<string, string | typeof several>;
  /** Undefined when the state did not come to rest. */
  readonly after: ReadonlyMap<string, string | typeof several> | undefined;
}

const several = Symbol('several');

function collectValues(
  finalState: FinalState | undefined,
  keys: { has(key: string): boolean },
): StateValues | undefined {
  if (!finalState) return undefined;
  const of = (rows: readonly StateRow[]) => {
    const values = new Map<string, string | typeof several>();
    for (const { key, value } of rows) {
      if (value === null) isAboutThem ||= keys.has(key);
      else if (keys.has(key)) values.set(key, values.has(key) ? several : (makeTextComparable(value) ?? several));
    }
    return values;
  };
  // A state that holds a value of none of them, and does not say either that there is none, is about something else.
  let isAboutThem = false;
  const [before, after] = [of(finalState.before), of(finalState.after)];
  isAboutThem ||= [...before.values(), ...after.values()].some((value) => value !== several);
  if (!isAboutThem && before.size === 0) return undefined;
  return { before, after: isAboutThem && finalState.settled ? after : undefined };
}

function finishHistory(
  key: string,
  { operations, failed, unsaid: isUnsaid }: Draft,
  { initial }: RegisterModel,
  state: StateValues | undefined,
): RegisterHistory {
  const before = state?.before.get(key);
  const held = initial ? makeTextComparable(initial(key)) : before;
  const last = state?.after && findLastHeld(state.after.get(key), operations, initial && held);
  if (last) {
    const end = operations.reduce((latest, { from, to }) => Math.max(latest, from, Number.isFinite(to) ? to : from), 0);
    // After whatever had ended.
    operations.push({ call: { kind: 'read', ...last }, from: end + 1, to: end + 1, final: true });
  }
  return {
    key,
    held: held === several ? undefined : held,
    isHeldKnown: initial !== undefined || state !== undefined,
    operations,
    failed,
    unsaid: isUnsaid || held === several,
  };
}

/**
 * What the final state says that a key holds; undefined where it says nothing. A key without a row holds what it does
 * before any write. If it was removed, that may be another thing.
 */
function findLastHeld(
  row: string | typeof several | undefined,
  operations: readonly Timed[],
  unwritten: string | typeof several | undefined,
): { readonly value: string | undefined } | undefined {
  if (row === several || unwritten === several) return undefined;
  if (row !== undefined) return { value: row };
  const isRemoved = operations.some(({ call }) => !onlyLooks(call) && leaves(call) === undefined);
  return operations.length === 0 || (isRemoved && unwritten !== undefined) ? undefined : { value: unwritten };
}

/**
 * What else a key may have held at first, where nobody says what it did: every value seen before the first write had to
 * be over. Values that only failed operations wanted to leave are not among them.
 */
export function findPossiblyHeld({ operations, failed, isHeldKnown }: RegisterHistory): string[] {
  if (isHeldKnown) return [];
  const firstEnd = operations
    .filter(({ call }) => !onlyLooks(call))
    .reduce((first, { to }) => Math.min(first, to), Number.POSITIVE_INFINITY);
  const seen = operations.flatMap(({ call, from }) => {
    if (from > firstEnd || call.kind === 'write') return [];
    if (call.kind === 'cas') return call.swapped === false ? [] : [call.from];
    return [call.value];
  });
  return [...new Set(seen)].filter((value) => value !== undefined && !failed.includes(value)) as string[];
}
