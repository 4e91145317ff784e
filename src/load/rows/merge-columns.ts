import {
  type Columns,
  columnNames,
  complete,
  type GivenColumns,
  keysOf,
  makeColumns,
  table,
} from '../../recording/columns.ts';
import { orderBy, pick } from '../../recording/file/arrange.ts';
import { mostInMemory, Spool } from '../../recording/file/spool.ts';
import { KindsOfNames, kindOf } from '../../recording/kinds.ts';

/** Operations to be laid beside others. */
export interface ColumnsPart {
  readonly columns: GivenColumns;
  /** Milliseconds that are added to every instant. Default 0. */
  readonly shift?: number;
  /** What its names become. Default: as they are. */
  readonly rename?: (name: string) => string;
}

/**
 * The operations of all parts in the order in which they were due; what was due at the same instant in the order of the
 * parts. More than fit into memory go to disk, one part after the other: no analysis depends on the order of the rows.
 * @param limit most operations in memory
 * @throws RangeError when there are more than 65,536 names
 */
export function mergeColumns(parts: readonly ColumnsPart[], limit = mostInMemory): Columns {
  const spool = new Spool(limit);
  for (const part of parts) for (const piece of piecesOf(part)) spool.append(piece);
  const columns = spool.columns();
  return columns.chunks ? columns : pick(columns, orderBy(columns.dueAt));
}

/** The columns of a part with its instants shifted and its names replaced. */
function* piecesOf({ columns, shift = 0, rename }: ColumnsPart): Generator<Columns> {
  const kinds = new KindsOfNames();
  // Not in passing: the spool may keep a piece in memory.
  for (const piece of columns.chunks?.() ?? [complete(columns)]) {
    const { length, categories, key, value } = piece;
    const names = renameIn(piece, rename, kinds);
    yield {
      ...{ length, categories, names, key, value },
      ...(kinds.others && { kinds: kinds.others }),
      ...makeColumns(columnNames, (name) =>
        table[name].holds === 'instant' ? piece[name].map((instant) => instant + shift) : piece[name],
      ),
    };
  }
}

/** What the names of a piece become: what reads goes by `order read` where others of its name write. */
function renameIn(piece: Columns, rename: ColumnsPart['rename'], all: KindsOfNames): string[] {
  const keyed = rename && keyedNames(piece);
  return piece.names.map((name, code) => {
    const [newName, kind] = [rename?.(name) ?? name, kindOf(name, piece.kinds)];
    // What only looks, and at no key, needs no name apart from what writes.
    return all.apart(newName, kind === 'look' && newName !== name && !keyed?.has(code) ? 'write' : kind);
  });
}

/** Codes of the names of which some operation has a key. */
function keyedNames(piece: Columns): Set<number> {
  const codes = new Set<number>();
  const keys = keysOf(piece);
  for (let row = 0; row < piece.length; row++) if (keys.has(row)) codes.add(piece.name[row] as number);
  return codes;
}
