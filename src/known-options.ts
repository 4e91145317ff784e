/** The names of all options of `T`, of each of its kinds if there are several. */
type NamesOf<T> = T extends unknown ? keyof T : never;

/**
 * Refuses an option that nobody reads. In an editor the types do so. Without types, `fault` for `faults` would be a run
 * without a fault, and green.
 * @param names every option of `T`
 * @throws TypeError naming what is not among them
 */
export function mustKnow<T extends object>(
  options: T,
  subject: string,
  names: Readonly<Record<NamesOf<T>, boolean>>,
): void {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`${subject} needs an object with ${Object.keys(names).join(', ')}; got ${String(options)}`);
  }
  const unknown = Object.keys(options).filter((name) => !Object.hasOwn(names, name));
  if (unknown.length === 0) return;
  throw new TypeError(
    `${subject}: there is no option ${unknown.join(', ')}; there is ${Object.keys(names).join(', ')}`,
  );
}

/** @throws TypeError when `judged` is neither true nor false */
export function mustBeJudged(judged: unknown, subject: string): void {
  if (judged === undefined || typeof judged === 'boolean') return;
  throw new TypeError(
    `${subject} must be false for what the test only looks at, and true or left out otherwise; got ${JSON.stringify(judged)}`,
  );
}
