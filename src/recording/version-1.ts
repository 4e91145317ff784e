import { bytesPerOperation } from './chunk.ts';
import type { Columns } from './columns.ts';

/** What a file of version 1 says of its columns: their numbers lie behind the first line at these offsets, all else is here. */
export interface Version1 {
  readonly offsets: Readonly<Record<'dueAt' | 'startedAt' | 'endedAt' | 'category' | 'name' | 'outcome', number>>;
  readonly columns: Pick<Columns, 'length' | 'categories' | 'names' | 'key' | 'value'>;
}

/** Bytes behind the first line of a file of version 1. */
export function version1Bytes({ columns }: Version1): number {
  return columns.length * bytesPerOperation;
}

/**
 * The columns of a file of version 1.
 * @param body what follows the first line
 */
export function version1Columns({ columns, offsets }: Version1, body: Uint8Array): Columns {
  const { length } = columns;
  const bytes = (at: number, width: number): ArrayBuffer =>
    Uint8Array.from(body.subarray(at, at + length * width)).buffer;
  return {
    ...columns,
    dueAt: new Float64Array(bytes(offsets.dueAt, 8)),
    startedAt: new Float64Array(bytes(offsets.startedAt, 8)),
    endedAt: new Float64Array(bytes(offsets.endedAt, 8)),
    outcome: new Uint8Array(bytes(offsets.outcome, 1)),
    category: new Uint16Array(bytes(offsets.category, 2)),
    name: new Uint16Array(bytes(offsets.name, 2)),
  };
}
