import type { Operation } from '../../recording/columns.ts';

/** What an operation asked of a register and was told. A value is text; undefined is a register that holds nothing. */
export type RegisterCall =
  /** It saw this value. */
  | { readonly kind: 'read'; readonly value: string | undefined }
  /** It set the register to this value. */
  | { readonly kind: 'write'; readonly value: string | undefined }
  /**
   * It set the register to `to` if that held `from`. With `swapped: false` the app answered that it held something
   * else. Default: it was swapped if the operation is ok. A failed operation was not swapped, whatever the register
   * held.
   */
  | {
      readonly kind: 'cas';
      readonly from: string | undefined;
      readonly to: string | undefined;
      readonly swapped?: boolean;
    };

/** How the operations of a recording use registers, one for each key. Made by {@link register}. */
export interface RegisterModel {
  /**
   * What an operation asked and was told. Undefined when the operation is not the register's, or tells nothing. Called
   * for operations with a key that were sent; of reads, only for those that are ok or were answered 404 or 410.
   */
  readonly call: ((operation: Operation) => RegisterCall | undefined) | undefined;
  /** What a key's register holds before the first operation. */
  readonly initial: ((key: string) => string | undefined) | undefined;
  /** Whether the final state says what the registers held before the run and hold after it. */
  readonly finalState: boolean;
}

/** Options of {@link register}. */
export interface RegisterOptions {
  /**
   * What an operation asked and was told; pure. Needed for compare-and-set. By default an operation of the kind `read`
   * read its value, or nothing if it was answered 404 or 410. One of the kind `remove` wrote nothing. Any other wrote
   * its value.
   */
  readonly call?: (operation: Operation) => RegisterCall | undefined;
  /**
   * What a key's register holds before the first operation. Default: the value of its row in the final state that was
   * read before the load, or nothing where only other keys have rows there. Without any rows nobody knows.
   */
  readonly initial?: string | ((key: string) => string | undefined);
  /**
   * False when the values of the final state's rows are not those of the registers. Default true: a key's row counts as
   * a last read, made after everything else. A key without a row, where others have one, holds nothing, or what
   * `initial` says.
   */
  readonly finalState?: boolean;
}

/**
 * The model of a register for each key. What is written is what is read, and each operation takes effect at one instant
 * between its sending and its answer. For `expect(recording).toBeLinearizable({ model: register() })`.
 * @throws TypeError when an option is of another type
 */
export function register(options: RegisterOptions = {}): RegisterModel {
  const { call, initial, finalState = true } = options;
  if (call !== undefined && typeof call !== 'function') {
    throw new TypeError(
      `register({ call }) must be a function of an operation, such as ({ name, value }) => ({ kind: 'read', value }); got ${typeof call}`,
    );
  }
  if (initial !== undefined && typeof initial !== 'string' && typeof initial !== 'function') {
    throw new TypeError(`register({ initial }) must be a text or a function of the key; got ${typeof initial}`);
  }
  if (typeof finalState !== 'boolean') {
    throw new TypeError(`register({ finalState }) must be true or false; got ${typeof finalState}`);
  }
  return { call, initial: typeof initial === 'string' ? () => initial : initial, finalState };
}

/**
 * One operation of a register's history. It took effect at one instant of a closed interval, in milliseconds since
 * zero.
 */
export interface Timed {
  readonly call: RegisterCall;
  readonly from: number;
  /** +Infinity when its answer never came: it may have taken effect at any time since, or never. */
  readonly to: number;
  /** The final state, which is read as an operation is. */
  readonly final?: true;
}

/** Whether a call only looks. */
export function onlyLooks(call: RegisterCall): boolean {
  return call.kind === 'read' || (call.kind === 'cas' && call.swapped === false);
}

/** Tells the values that some call saw, or was told were not there. To everybody, all others are the same. */
export function collectSeenValues(calls: readonly RegisterCall[]): (value: string | undefined) => boolean {
  const seen = new Set(
    calls.flatMap((call) => (call.kind === 'read' ? [call.value] : call.kind === 'cas' ? [call.from] : [])),
  );
  return (value) => seen.has(value);
}

/** What a call leaves in the register. Of calls that do not only look. */
export function leaves(call: RegisterCall): string | undefined {
  return call.kind === 'cas' ? call.to : call.value;
}
