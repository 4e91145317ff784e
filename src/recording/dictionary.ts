/** Most codes that fit into a column. */
const mostCodes = 2 ** 16;

/** Texts with the code that stands for each in a column: 0, 1, 2 in the order in which they came. */
export class Dictionary {
  readonly #what: string;
  readonly #codes = new Map<string, number>();

  /** @param what its texts are, for errors */
  constructor(what: 'categories' | 'names') {
    this.#what = what;
  }

  get size(): number {
    return this.#codes.size;
  }

  /** All texts by their codes. */
  get texts(): string[] {
    return [...this.#codes.keys()];
  }

  has(text: string): boolean {
    return this.#codes.has(text);
  }

  /** The code of a text; the next one for a new text. @throws RangeError for one text more than fit into a column */
  codeOf(text: string): number {
    const known = this.#codes.get(text);
    if (known !== undefined) return known;
    const code = this.#codes.size;
    if (code === mostCodes) {
      throw new RangeError(
        `a recording holds at most ${mostCodes} ${this.#what} of operations, and '${text}' is one more; give requests with ids in their path a name of their kind`,
      );
    }
    this.#codes.set(text, code);
    return code;
  }

  /** A column of codes of another list of texts, in the codes of this one. @throws RangeError as {@link codeOf} */
  recode(codes: Uint16Array, texts: readonly string[]): Uint16Array {
    const own = texts.map((text) => this.codeOf(text));
    return own.every((code, index) => code === index) ? codes : codes.map((code) => own[code] as number);
  }
}
