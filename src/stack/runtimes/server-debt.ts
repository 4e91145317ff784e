import type { DebtRemedy, Owe } from '../debt.ts';

/**
 * What is owed for one server: that it goes on, or that it is started. One at a time is enough: a server that was
 * paused and then killed needs no more than a start.
 */
export class ServerDebt {
  readonly #what: string;
  readonly #owe: Owe;
  #owed: { readonly by: 'pause' | 'end'; readonly settle: () => void } | undefined;

  /** @param title of the server, for messages */
  constructor(title: string, owe: Owe) {
    this.#what = `what was done to ${title}`;
    this.#owe = owe;
  }

  /** It is about to stand still. */
  owePause(remedy: DebtRemedy): void {
    this.#replace('pause', remedy);
  }

  /** It is about to be ended. */
  oweEnd(remedy: DebtRemedy): void {
    this.#replace('end', remedy);
  }

  /** It goes on. One that was ended is to be started all the same. */
  settlePause(): void {
    if (this.#owed?.by === 'pause') this.settle();
  }

  /** It runs, or is gone for good. */
  settle(): void {
    this.#owed?.settle();
    this.#owed = undefined;
  }

  #replace(by: 'pause' | 'end', remedy: DebtRemedy): void {
    const before = this.#owed;
    this.#owed = { by, settle: this.#owe(this.#what, remedy) };
    before?.settle();
  }
}
