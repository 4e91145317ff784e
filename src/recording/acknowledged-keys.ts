import { chunksOf, type GivenColumns, keysOf, kindsByCode, type OperationKind, outcomes, valuesOf } from './columns.ts';
import type { KeyHash } from './key-hash.ts';
import { KeyTable } from './key-table.ts';
import { deedOf } from './kinds.ts';
import type { Texts } from './texts.ts';

const ok = outcomes.indexOf('ok');

/**
 * The keys that must be there in the end, one after the other; each iteration starts anew. A read proves nothing of its
 * key, and a key that was to be removed may be gone.
 * A key that was acknowledged several times comes several times. So no set of all keys is needed.
 */
export function acknowledgedKeys(columns: GivenColumns): Iterable<string> {
  return { [Symbol.iterator]: () => keysIn(columns) };
}

function* keysIn(columns: GivenColumns): Generator<string> {
  const hash: KeyHash = { high: 0, low: 0 };
  const removed = new KeyTable(0);
  for (const { keys, row, deed } of deedsIn(columns)) if (deed === 'remove') removed.add(keys.hash(row, hash), 1, 0);
  for (const { keys, row, deed, outcome } of deedsIn(columns)) {
    if (deed !== 'write' || outcome !== ok) continue;
    if (removed.size === 0 || !removed.has(keys.hash(row, hash))) yield keys.at(row) as string;
  }
}

interface Deed {
  readonly keys: Texts;
  readonly row: number;
  readonly deed: OperationKind;
  readonly outcome: number;
}

function* deedsIn(columns: GivenColumns): Generator<Deed> {
  const kinds = kindsByCode(columns);
  for (const piece of chunksOf(columns)) {
    const [keys, values] = [keysOf(piece), valuesOf(piece)];
    const { outcome, name } = piece;
    for (let row = 0; row < piece.length; row++) {
      if (!keys.has(row)) continue;
      const deed = deedOf(kinds[name[row] as number] as OperationKind, values.has(row));
      yield { keys, row, deed, outcome: outcome[row] as number };
    }
  }
}
