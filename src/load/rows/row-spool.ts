import type { Columns } from '../../recording/columns.ts';
import { mostInMemory, Spool } from '../../recording/file/spool.ts';
import { KindsOfNames } from '../../recording/kinds.ts';
import type { RequestLabels } from '../requests/prepare.ts';
import { labelRows, mergeRows, type RowColumns, shiftWarmUp } from './row-columns.ts';

/**
 * Takes in what the generators of a load tell of its operations, and makes a recording's columns of it. A run that fits
 * into memory is put in the order in which it was due. Of a longer one, each process' operations are in their order,
 * and those of several alternate as they came.
 */
export class RowSpool {
  readonly #labels: (n: number) => RequestLabels;
  readonly #limit: number;
  readonly #kinds = new KindsOfNames();
  #waiting: RowColumns[][];
  #waitingLength = 0;
  #spool: Spool | undefined;
  /** Milliseconds that are added to the instants of the warm-up; not known before zero is chosen. */
  #shift: number | undefined;

  /**
   * @param processes how many generators there are
   * @param labels what the recording says of request n; asked once for each row
   * @param limit most operations in memory
   */
  constructor(processes: number, labels: (n: number) => RequestLabels, limit = mostInMemory) {
    this.#waiting = Array.from({ length: processes }, () => []);
    this.#labels = labels;
    this.#limit = limit;
  }

  /** Rows of one generator, in the order of their numbers. */
  take(process: number, rows: RowColumns): void {
    this.#waiting[process]?.push(rows);
    this.#waitingLength += rows.length;
    if (this.#spool || this.#waitingLength > this.#limit) this.#spill();
  }

  /** Takes in that zero was chosen. The rows of the warm-up count from another zero, this many milliseconds later. */
  zeroChosen(shift: number): void {
    this.#shift = shift;
  }

  /** All operations. Nothing can be taken in afterwards. */
  columns(): Columns {
    this.#shift ??= 0;
    if (this.#spool) {
      this.#spill();
      const columns = this.#spool.columns();
      this.#spool = undefined;
      return columns;
    }
    const rows = mergeRows(this.#waiting);
    shiftWarmUp(rows, this.#shift);
    return labelRows(rows, this.#labels, this.#kinds);
  }

  /** Lets go of what is on disk, when the run came to nothing. */
  discard(): void {
    this.#spool?.discard();
  }

  #spill(): void {
    if (this.#shift === undefined) return;
    this.#spool ??= new Spool(0);
    for (const rows of this.#waiting.flat()) {
      shiftWarmUp(rows, this.#shift);
      this.#spool.append(labelRows(rows, this.#labels, this.#kinds));
    }
    this.#waiting = this.#waiting.map(() => []);
    this.#waitingLength = 0;
  }
}
