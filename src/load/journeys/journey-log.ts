import { type Columns, ColumnsBuilder, type Outcome, outcomes } from '../../recording/columns.ts';
import { KindsOfNames } from '../../recording/kinds.ts';
import type { Classification } from '../http/classify.ts';
import type { About } from '../load.ts';
import type { RequestLabels } from '../requests/prepare.ts';
import { Rows } from '../rows/rows.ts';

/**
 * The operations of journeys, as they come: which ones there will be is known to nobody beforehand. All of them stay in the generator's memory
 * to the end of the run, with what is said of them: some 100 bytes each, and as much again while they are told.
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

  /** Ends an operation. Each must be ended at most once. */
  end(row: number, at: number, verdict: Classification): void {
    this.#rows.end(row, at, verdict);
  }

  /** Operations that ended, without those of the warm-up. */
  get progress(): { readonly operations: number; readonly errors: number } {
    return this.#rows.progress;
  }

  /** Everything in the order in which it was due, in parts of at most `size` operations. */
  *parts(size: number): Generator<Columns> {
    const { dueAt, startedAt, endedAt, outcome, category, categories } = this.#rows.columns();
    const order = Uint32Array.from(dueAt.keys()).sort((a, b) => (dueAt[a] as number) - (dueAt[b] as number) || a - b);
    const kinds = new KindsOfNames();
    for (let from = 0; from < order.length; from += size) {
      const columns = new ColumnsBuilder(kinds);
      for (const row of order.subarray(from, from + size)) {
        columns.push({
          dueAt: dueAt[row] as number,
          startedAt: startedAt[row] as number,
          endedAt: endedAt[row] as number,
          outcome: outcomes[outcome[row] as number] as Outcome,
          category: categories[category[row] as number] as string,
          ...(this.#labels[row] as RequestLabels),
        });
      }
      yield columns.columns();
    }
  }
}
