/** What JSON has no word for, under the tag by which it is written. */
const special: Readonly<Record<string, unknown>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
  '-0': -0,
  null: null,
};

/**
 * JSON of plain data from which {@link exactParse} makes the same data again: `undefined` is written as null, and NaN,
 * the infinities, -0 and null as `{"$": "NaN"}` and so on. Missing properties stay missing. Data must not use `$` as
 * its own key with one of these words as its value.
 */
export function exactStringify(data: unknown): string {
  return JSON.stringify(data, (_key, value: unknown) => {
    if (value === undefined) return null;
    const word = Object.keys(special).find((candidate) => Object.is(special[candidate], value));
    return word === undefined ? value : { $: word };
  });
}

/** Reads what {@link exactStringify} wrote. @throws SyntaxError when the text is not JSON */
export function exactParse(text: string): unknown {
  return restore(JSON.parse(text));
}

function restore(value: unknown): unknown {
  if (value === null) return undefined;
  if (Array.isArray(value)) return value.map(restore);
  if (typeof value !== 'object') return value;
  const { $: word } = value as { $?: unknown };
  if (typeof word === 'string' && Object.hasOwn(special, word)) return special[word];
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, restore(inner)]));
}
