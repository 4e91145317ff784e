/** Runs pieces of work one after another, in the order they were asked for; one that fails does not stop the next. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Resolves or rejects as the work does, when its turn has come and it is done. */
  take<T>(work: () => T | Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    // The caller of the work gets its failure.
    this.#last = result.catch(() => {});
    return result;
  }
}
