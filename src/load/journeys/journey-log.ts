import type { Columns, Measurements } from '../../recording/columns.ts';
import { orderBy, pick, slice } from '../../recording/file/arrange.ts';
import type { Classification } from '../http/classify.ts';
import type { About } from '../load.ts';
import type { RequestLabels } from '../requests/prepare.ts';
import { labelRows } from '../rows/row-columns.ts';
import { Rows } from '../rows/rows.ts';

/**
 * The operations of journeys, as they come: which ones there will be is known to nobody beforehand. All of them stay in
 * the generator's memory to the end of the run, with what is said of them: some 100 bytes each, and as much again while
 * they are told.
 */
export class JourneyLog {
  readonly #rows = new Rows();
  readonly #labels: RequestLabels[] = [];

  /** A new operation of journey `n`. Until it is ended it counts as never sent. */
  begin(n: number, dueAt: number, startedAt: number, labels: RequestLabels): number {
    this.#labels.push(labels);
    return this.#rows.add(n, dueAt, startedAt);
  }

  /** Adds to what is said of an operation. */
  about(row: number, { key, value, name, kind }: About): void {
    const labels = this.#labels[row] as RequestLabels;
    const newKind = kind ?? labels.kind;
    this.#labels[row] = {
      key: key ?? labels.key,
      value: value ?? labels.value,
      name: name ?? labels.name,
      ...(newKind && { kind: newKind }),
    };
  }

  /** Ends an operation, with what was measured of it besides. Each must be ended at most once. */
  end(row: number, at: number, verdict: Classification, measured?: Measurements): void {
    this.#rows.end(row, at, verdict, measured);
  }

  /** Operations that ended, without those of the warm-up. */
  get progress(): { readonly operations: number; readonly errors: number } {
    return this.#rows.progress;
  }

  /** Everything in the order in which it was due, in parts of at most `size` operations. */
  *parts(size: number): Generator<Columns> {
    const unordered = labelRows(this.#rows.columns(), (_, row) => this.#labels[row] as RequestLabels);
    const columns = pick(unordered, orderBy(unordered.dueAt));
    for (let from = 0; from < columns.length; from += size) yield slice(columns, from, from + size);
  }
}
