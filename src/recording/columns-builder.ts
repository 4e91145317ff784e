import {
  type ColumnName,
  type Columns,
  columnNames,
  emptyColumn,
  makeColumns,
  measuredNames,
  type NumberColumns,
  type Operation,
  outcomes,
} from './columns.ts';
import { Dictionary } from './dictionary.ts';
import { KindsOfNames } from './kinds.ts';

/** Collects operations one by one into growing columns. */
export class ColumnsBuilder {
  #length = 0;
  #numbers: NumberColumns = makeColumns(columnNames, (name) => emptyColumn(name, 1024));
  readonly #categories = new Dictionary('categories');
  readonly #names = new Dictionary('names');
  readonly #kinds = new KindsOfNames();
  readonly #key: (string | undefined)[] = [];
  readonly #value: (string | undefined)[] = [];

  get length(): number {
    return this.#length;
  }

  /** Appends one operation. One that reads goes by `order read` if others of its name write. */
  push(operation: Operation): void {
    const row = this.#length++;
    if (row === this.#numbers.outcome.length) this.#grow(row * 2);
    const numbers = this.#numbers;
    numbers.dueAt[row] = operation.dueAt;
    numbers.startedAt[row] = operation.startedAt;
    numbers.endedAt[row] = operation.endedAt;
    numbers.outcome[row] = outcomes.indexOf(operation.outcome);
    numbers.category[row] = this.#categories.codeOf(operation.category);
    numbers.name[row] = this.#names.codeOf(this.#kinds.apart(operation.name, operation.kind));
    for (const name of measuredNames) {
      const value = operation[name];
      if (value !== undefined) numbers[name][row] = value;
    }
    this.#key.push(operation.key);
    this.#value.push(operation.value);
  }

  /** The columns so far, copied to their exact length. */
  columns(): Columns {
    const kinds = this.#kinds.others;
    return {
      length: this.#length,
      ...makeColumns(columnNames, (name) => this.#numbers[name].slice(0, this.#length)),
      categories: this.#categories.texts,
      names: this.#names.texts,
      ...(kinds && { kinds }),
      key: this.#key.slice(),
      value: this.#value.slice(),
    };
  }

  #grow(capacity: number): void {
    const old = this.#numbers;
    this.#numbers = makeColumns(columnNames, (name: ColumnName) => {
      const larger = emptyColumn(name, capacity);
      larger.set(old[name]);
      return larger;
    });
  }
}
