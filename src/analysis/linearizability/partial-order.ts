import { type Compiled, type CompiledHistory, unseen } from './compiled-history.ts';

/** Which operations of a history were placed in an order so far, and which may come next. */
export class PartialOrder {
  /** Operations with an answer that are not placed yet. */
  left: number;
  readonly #operations: readonly Compiled[];
  readonly #placed: Uint8Array;
  /** Those whose answer never came, ascending. */
  readonly #open: readonly number[];
  /** The first with an answer that is not placed. */
  #first = 0;
  /** For each value, how many with an answer that are not placed saw it ... */
  readonly #seers: Int32Array;
  /** ... how many without an answer may have ... */
  readonly #openSeers: Int32Array;
  /** ... and how many that are not placed, with an answer or without, leave it. */
  readonly #leavers: Int32Array;
  /** How many that are not placed were told what was not there. */
  #missers = 0;

  constructor({ operations, values }: CompiledHistory) {
    this.#operations = operations;
    this.#placed = new Uint8Array(operations.length);
    this.#open = operations.flatMap(({ to }, index) => (isOpen(to) ? [index] : []));
    this.left = operations.length - this.#open.length;
    this.#seers = new Int32Array(values);
    this.#openSeers = new Int32Array(values);
    this.#leavers = new Int32Array(values);
    for (const operation of operations) this.#count(operation, 1);
    this.#advance();
  }

  /** Whether nothing that is left has to see this value, or may have seen it. */
  isDoneWith(held: number): boolean {
    return this.#seers[held] === 0 && this.#openSeers[held] === 0;
  }

  /**
   * Operations that may come next and lead on: sent before any operation that is not yet placed had ended, and answered
   * as they would be now.
   */
  candidates(held: number): number[] {
    const { possible, end } = this.#inTime();
    // What only looks may come first if it fits, for it changes nothing.
    const looking = possible.find((index) => this.#fits(index, held) && this.#at(index).leaves === -1);
    if (looking !== undefined) return [looking];
    // A write that nobody sees may come too, unless somebody is still to see the present value, or to be told later on
    // that another value is not there.
    const mayPass = this.#missers === 0 && this.isDoneWith(held);
    const free = mayPass ? possible.find((index) => isUnseenWrite(this.#at(index))) : undefined;
    if (free !== undefined) return [free];
    for (const index of this.#open) {
      if (this.#at(index).from > end) break;
      if (!this.#placed[index]) possible.push(index);
    }
    return this.#mostUrgent(possible.filter((index) => this.#fits(index, held) && !this.#isDeadEnd(index, held)));
  }

  /** Places an operation that is a candidate. @returns what the register then holds */
  place(index: number, held: number): number {
    const operation = this.#at(index);
    this.#placed[index] = 1;
    this.#count(operation, -1);
    if (!isOpen(operation.to)) this.left--;
    this.#advance();
    return operation.leaves === -1 ? held : operation.leaves;
  }

  undo(index: number): void {
    const operation = this.#at(index);
    this.#placed[index] = 0;
    this.#count(operation, 1);
    if (isOpen(operation.to)) return;
    this.left++;
    this.#first = Math.min(this.#first, index);
  }

  /** What was placed and what the register holds, as a text. */
  configuration(held: number): string {
    let text = `${held} ${this.#first}`;
    const { to: end } = this.#at(this.#first);
    // What was sent after the first of the rest had ended cannot have been placed.
    for (let index = this.#first + 1; index < this.#operations.length; index++) {
      const { from, to } = this.#at(index);
      if (from > end) break;
      if (this.#placed[index] && !isOpen(to)) text += `,${index}`;
    }
    for (const index of this.#open) if (this.#placed[index]) text += `;${index}`;
    return text;
  }

  #at(index: number): Compiled {
    return this.#operations[index] as Compiled;
  }

  #inTime(): { possible: number[]; end: number } {
    const possible: number[] = [];
    let end = Number.POSITIVE_INFINITY;
    for (let index = this.#first; index < this.#operations.length; index++) {
      const { from, to } = this.#at(index);
      if (from > end) break;
      if (this.#placed[index] || isOpen(to)) continue;
      end = Math.min(end, to);
      possible.push(index);
    }
    return { possible, end };
  }

  #fits(index: number, held: number): boolean {
    const { sees, misses } = this.#at(index);
    return (sees === -1 || sees === held) && misses !== held;
  }

  /** Whether what has to see the value that is there would never see it again. */
  #isDeadEnd(index: number, held: number): boolean {
    const { sees, to } = this.#at(index);
    const others = (this.#seers[held] as number) - (sees === held && !isOpen(to) ? 1 : 0);
    return others > 0 && this.#leavers[held] === 0;
  }

  /**
   * Of several operations that ask and leave the same, takes only the one that ended first: it can do all that the
   * others can.
   */
  #mostUrgent(possible: readonly number[]): number[] {
    const urgent = new Map<string, number>();
    for (const index of possible) {
      const { sees, leaves, to } = this.#at(index);
      const call = `${sees} ${leaves}`;
      const other = urgent.get(call);
      if (other === undefined || to < this.#at(other).to) urgent.set(call, index);
    }
    return [...urgent.values()];
  }

  #count({ sees, misses, leaves, to }: Compiled, by: 1 | -1): void {
    if (misses !== -1) this.#missers += by;
    const seers = isOpen(to) ? this.#openSeers : this.#seers;
    if (sees !== -1) seers[sees] = (seers[sees] as number) + by;
    if (leaves !== -1) this.#leavers[leaves] = (this.#leavers[leaves] as number) + by;
  }

  #advance(): void {
    while (this.#first < this.#operations.length && (this.#placed[this.#first] || isOpen(this.#at(this.#first).to))) {
      this.#first++;
    }
  }
}

function isOpen(to: number): boolean {
  return to === Number.POSITIVE_INFINITY;
}

function isUnseenWrite({ sees, leaves }: Compiled): boolean {
  return sees === -1 && leaves === unseen;
}
