/** Most names of operations that fit the column of a recording. */
const mostNames = 2 ** 16;

/** The names of operations, each with the number by which a recording knows it, in the order in which they came. */
export class Names {
  readonly #codes = new Map<string, number>();

  /** The number of a name, a new one if it was not there. @throws RangeError for one name more than a recording holds */
  codeOf(name: string): number {
    const known = this.#codes.get(name);
    if (known !== undefined) return known;
    if (this.#codes.size === mostNames) {
      throw new RangeError(
        `a recording holds at most ${mostNames} names of operations, and '${name}' is one more; give requests with ids in their path a name of their kind`,
      );
    }
    this.#codes.set(name, this.#codes.size);
    return this.#codes.size - 1;
  }

  /** All of them by their numbers. */
  get all(): string[] {
    return [...this.#codes.keys()];
  }
}
