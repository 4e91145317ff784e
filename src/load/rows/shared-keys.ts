import {
  chunksOf,
  type GivenColumns,
  keysOf,
  kindsByCode,
  type OperationKind,
  valuesOf,
} from '../../recording/columns.ts';
import type { KeyHash } from '../../recording/key-hash.ts';
import { KeyTable } from '../../recording/key-table.ts';
import { deedOf } from '../../recording/kinds.ts';
import type { GeneratorFacts } from '../../recording/recording.ts';

/** What one of several loads did. */
interface Part {
  readonly name: string;
  readonly columns: GivenColumns;
}

/**
 * Finds a key that two loads sent to be written. Undefined where each load has keys of its own. Keys are compared by
 * hash.
 */
export function findSharedKey(parts: readonly Part[]): GeneratorFacts['sharedKey'] {
  const written: { readonly name: string; readonly table: KeyTable }[] = [];
  const hash: KeyHash = { high: 0, low: 0 };
  for (const { name, columns } of parts) {
    const table = new KeyTable(0);
    for (const { keys, row } of writesOf(columns)) {
      keys.hash(row, hash);
      const other = written.find((one) => one.table.has(hash));
      if (other) return { key: keys.at(row) as string, loads: [other.name, name] };
      table.add(hash, 1, 0);
    }
    written.push({ name, table });
  }
  return undefined;
}

function* writesOf(columns: GivenColumns) {
  const kinds = kindsByCode(columns);
  for (const piece of chunksOf(columns)) {
    const [keys, values] = [keysOf(piece), valuesOf(piece)];
    const { startedAt, name } = piece;
    for (let row = 0; row < piece.length; row++) {
      if (!keys.has(row) || Number.isNaN(startedAt[row] as number)) continue;
      if (deedOf(kinds[name[row] as number] as OperationKind, values.has(row)) === 'write') yield { keys, row };
    }
  }
}
