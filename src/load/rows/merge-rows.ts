import { emptyRows, type RowColumns } from './rows.ts';

/**
 * The rows of several processes as one. Each process tells its own in the order of their numbers, in one part or more; of several
 * processes they are merged by their numbers, which is the order in which they were due. Those of one process stay as they are.
 * @param processes the parts of each
 */
export function mergedRows(processes: readonly (readonly RowColumns[])[]): RowColumns {
  const total = emptyRows(processes.flat().reduce((sum, { length }) => sum + length, 0));
  const categories = new Map<string, number>();
  const read: (string | undefined)[] | undefined = processes.flat().some((part) => part.read)
    ? Array.from({ length: total.length })
    : undefined;
  const cursors = processes.map((parts) => new Cursor(parts, categories));
  for (let row = 0; row < total.length; row++) next(cursors).moveTo(total, read, row);
  return { ...total, categories: [...categories.keys()], ...(read && { read }) };
}

function next(cursors: readonly Cursor[]): Cursor {
  let least = cursors[0] as Cursor;
  for (const cursor of cursors) if (cursor.n < least.n) least = cursor;
  return least;
}

/** The next row of one process. */
class Cursor {
  readonly #parts: readonly RowColumns[];
  readonly #all: Map<string, number>;
  #part = 0;
  #row = 0;
  /** The code of each category of the part in the merged rows. */
  #codes: readonly number[] = [];
  /** Number of the next row; Infinity when there is none. */
  n = Number.POSITIVE_INFINITY;

  constructor(parts: readonly RowColumns[], categories: Map<string, number>) {
    this.#parts = parts.filter(({ length }) => length > 0);
    this.#all = categories;
    this.#enter();
  }

  /** Copies the next row to `row` of the merged ones, and goes on. */
  moveTo(total: RowColumns, read: (string | undefined)[] | undefined, row: number): void {
    const part = this.#parts[this.#part] as RowColumns;
    const from = this.#row++;
    total.n[row] = part.n[from] as number;
    total.dueAt[row] = part.dueAt[from] as number;
    total.startedAt[row] = part.startedAt[from] as number;
    total.endedAt[row] = part.endedAt[from] as number;
    total.outcome[row] = part.outcome[from] as number;
    total.category[row] = this.#codes[part.category[from] as number] as number;
    if (read) read[row] = part.read?.[from];
    if (this.#row < part.length) this.n = part.n[this.#row] as number;
    else {
      this.#part++;
      this.#row = 0;
      this.#enter();
    }
  }

  #enter(): void {
    const part = this.#parts[this.#part];
    this.n = part?.n[0] ?? Number.POSITIVE_INFINITY;
    this.#codes = (part?.categories ?? []).map((category) => {
      const code = this.#all.get(category) ?? this.#all.size;
      this.#all.set(category, code);
      return code;
    });
  }
}
