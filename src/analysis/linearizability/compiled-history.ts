import { collectSeenValues, type RegisterCall, type Timed } from './register.ts';

/** A call with its values as numbers; -1 where it has none. */
export interface Compiled {
  /** What it saw there. */
  readonly sees: number;
  /** What it was told was not there. */
  readonly misses: number;
  /** What it left there. */
  readonly leaves: number;
  readonly from: number;
  /** +Infinity when its answer never came. */
  readonly to: number;
}

/** A history for a search. */
export interface CompiledHistory {
  /**
   * In the order in which they were sent. Operations that cannot matter are left out: those never answered, with no
   * effect that anybody saw.
   */
  readonly operations: readonly Compiled[];
  /** What the register holds in the beginning. */
  readonly held: number;
  /** How many numbers there are. */
  readonly values: number;
  /** Only reads and writes, and no value was there or was written more than once, but for those that nobody saw. */
  readonly unique: boolean;
}

/** The number of all values that nobody saw or was told about: to the others they are the same. */
export const unseen = 0;

/** Numbers the values of a history. */
export function compileHistory(history: readonly Timed[], initially: string | undefined): CompiledHistory {
  const isSeen = collectSeenValues(history.map(({ call }) => call));
  const numbers = new Map<string | undefined, number>();
  const numberOf = (value: string | undefined): number => {
    if (!isSeen(value)) return unseen;
    const number = numbers.get(value) ?? numbers.size + 1;
    numbers.set(value, number);
    return number;
  };
  const held = numberOf(initially);
  const tellsWhatIsNot = history.some(({ call }) => call.kind === 'cas' && call.swapped === false);
  const operations = history
    .map(({ call, from, to }): Compiled => ({ ...effectOf(call, numberOf), from, to }))
    .filter(
      ({ to, leaves }) => to < Number.POSITIVE_INFINITY || (leaves !== -1 && (leaves !== unseen || tellsWhatIsNot)),
    )
    .toSorted((one, other) => one.from - other.from || one.to - other.to);
  return { operations, held, values: numbers.size + 1, unique: isUnique(operations, held) };
}

function effectOf(
  call: RegisterCall,
  numberOf: (value: string | undefined) => number,
): Pick<Compiled, 'sees' | 'misses' | 'leaves'> {
  switch (call.kind) {
    case 'read':
      return { sees: numberOf(call.value), misses: -1, leaves: -1 };
    case 'write':
      return { sees: -1, misses: -1, leaves: numberOf(call.value) };
    case 'cas':
      if (call.swapped === false) return { sees: -1, misses: numberOf(call.from), leaves: -1 };
      return { sees: numberOf(call.from), misses: -1, leaves: numberOf(call.to) };
  }
}

function isUnique(operations: readonly Compiled[], held: number): boolean {
  const there = new Set([held]);
  return operations.every(({ sees, misses, leaves }) => {
    if (misses !== -1 || (sees !== -1 && leaves !== -1)) return false;
    if (leaves === -1 || leaves === unseen) return true;
    return there.size < there.add(leaves).size;
  });
}
