import { type Columns, chunksOf, keysOf } from '../../recording/columns.ts';
import { KindsOfNames, kindOf } from '../../recording/kinds.ts';
import { mostInMemory, Spool } from '../../recording/spool.ts';

/** Operations to be laid beside others. */
export interface ColumnsPart {
  readonly columns: Columns;
  /** Milliseconds that are added to every instant. Default 0. */
  readonly shift?: number;
  /** What its names become. Default: as they are. */
  readonly rename?: (name: string) => string;
}

/** Most names, or categories, that fit the column of a recording. */
const mostCodes = 2 ** 16;

/**
 * The operations of all parts in the order in which they were due; what was due at the same instant in the order of the parts. More than fit into
 * memory go to disk, one part after the other: no analysis depends on the order of the rows.
 * @param limit most operations in memory
 * @throws RangeError when there are more than 65,536 names
 */
export function mergedColumns(parts: readonly ColumnsPart[], limit = mostInMemory): Columns {
  const length = parts.reduce((sum, { columns }) => sum + columns.length, 0);
  if (length > limit) return spooled(parts);
  const codes = { names: new Map<string, number>(), categories: new Map<string, number>() };
  const kinds = new KindsOfNames();
  const unsorted = {
    dueAt: new Float64Array(length),
    startedAt: new Float64Array(length),
    endedAt: new Float64Array(length),
    outcome: new Uint8Array(length),
    category: new Uint16Array(length),
    name: new Uint16Array(length),
  };
  const key: (string | undefined)[] = [];
  const value: (string | undefined)[] = [];
  for (const { columns, shift = 0, rename } of parts) {
    const offset = key.length;
    const names = namesOf(columns, rename, kinds).map((name) => codeOf(codes.names, name));
    const categories = columns.categories.map((category) => codeOf(codes.categories, category));
    for (let row = 0; row < columns.length; row++) {
      unsorted.dueAt[offset + row] = (columns.dueAt[row] as number) + shift;
      unsorted.startedAt[offset + row] = (columns.startedAt[row] as number) + shift;
      unsorted.endedAt[offset + row] = (columns.endedAt[row] as number) + shift;
      unsorted.outcome[offset + row] = columns.outcome[row] as number;
      unsorted.category[offset + row] = categories[columns.category[row] as number] as number;
      unsorted.name[offset + row] = names[columns.name[row] as number] as number;
      key.push(columns.key[row]);
      value.push(columns.value[row]);
    }
  }
  const { dueAt } = unsorted;
  const order = Uint32Array.from(dueAt.keys()).sort((a, b) => (dueAt[a] as number) - (dueAt[b] as number) || a - b);
  return {
    length,
    dueAt: picked(dueAt, order, new Float64Array(length)),
    startedAt: picked(unsorted.startedAt, order, new Float64Array(length)),
    endedAt: picked(unsorted.endedAt, order, new Float64Array(length)),
    outcome: picked(unsorted.outcome, order, new Uint8Array(length)),
    category: picked(unsorted.category, order, new Uint16Array(length)),
    categories: [...codes.categories.keys()],
    name: picked(unsorted.name, order, new Uint16Array(length)),
    names: [...codes.names.keys()],
    ...(kinds.others && { kinds: kinds.others }),
    key: Array.from(order, (row) => key[row]),
    value: Array.from(order, (row) => value[row]),
  };
}

function spooled(parts: readonly ColumnsPart[]): Columns {
  const spool = new Spool(0);
  const kinds = new KindsOfNames();
  for (const { columns, shift = 0, rename } of parts) {
    for (const piece of chunksOf(columns)) {
      const { length, outcome, category, categories, name, key, value } = piece;
      const names = namesOf(piece, rename, kinds);
      const later = (instants: Float64Array) => instants.map((instant) => instant + shift);
      spool.append({
        length,
        dueAt: later(piece.dueAt),
        startedAt: later(piece.startedAt),
        endedAt: later(piece.endedAt),
        outcome,
        category,
        categories,
        name,
        names,
        ...(kinds.others && { kinds: kinds.others }),
        key,
        value,
      });
    }
  }
  return spool.columns();
}

/** What the names of a part become: what reads goes by `order read` where others of its name write. */
function namesOf(columns: Columns, rename: ColumnsPart['rename'], all: KindsOfNames): string[] {
  const { names, kinds } = columns;
  const keyed = rename && keyedNames(columns);
  return names.map((name, code) => {
    const [newName, kind] = [rename?.(name) ?? name, kindOf(name, kinds)];
    // What only looks, and at no key, needs no name apart from what writes.
    return all.apart(newName, kind === 'look' && newName !== name && !keyed?.has(code) ? 'write' : kind);
  });
}

/** Codes of the names of which some operation has a key. */
function keyedNames(columns: Columns): Set<number> {
  const codes = new Set<number>();
  const keys = keysOf(columns);
  for (let row = 0; row < columns.length; row++) if (keys.has(row)) codes.add(columns.name[row] as number);
  return codes;
}

function picked<T extends Float64Array | Uint8Array | Uint16Array>(from: T, order: Uint32Array, to: T): T {
  for (let row = 0; row < order.length; row++) to[row] = from[order[row] as number] as number;
  return to;
}

function codeOf(codes: Map<string, number>, text: string): number {
  const known = codes.get(text);
  if (known !== undefined) return known;
  if (codes.size === mostCodes) {
    throw new RangeError(
      `a recording holds at most ${mostCodes} names of operations, and '${text}' is one more; give operations with ids in their path a name of their kind`,
    );
  }
  codes.set(text, codes.size);
  return codes.size - 1;
}
