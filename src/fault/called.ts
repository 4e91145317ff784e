/**
 * A call as it is written in a test: `latency(redis, '50ms')`. Trailing arguments that were not given, or are options without one, are left out.
 * @param subject its name in the test
 */
export function called(what: string, subject: string, ...given: readonly unknown[]): string {
  const written = given.map(literal);
  const last = written.findLastIndex((one) => one !== undefined);
  return `${what}(${[subject, ...written.slice(0, last + 1).map((one) => one ?? 'undefined')].join(', ')})`;
}

/** A value as code; undefined where there is nothing to write. */
function literal(value: unknown): string | undefined {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (Array.isArray(value)) {
    return value.length === 0 ? undefined : `[${value.map((one) => literal(one) ?? 'undefined').join(', ')}]`;
  }
  if (value instanceof RegExp) return String(value);
  if (value instanceof Date) return `new Date('${value.toISOString()}')`;
  if (value instanceof Uint8Array) return `Buffer.from('${Buffer.from(value).toString('hex')}', 'hex')`;
  if (typeof value !== 'object' || value === null) return value === undefined ? undefined : JSON.stringify(value);
  const parts = Object.entries(value).flatMap(([key, inner]) => {
    const text = literal(inner);
    return text === undefined ? [] : [`${key}: ${text}`];
  });
  return parts.length === 0 ? undefined : `{ ${parts.join(', ')} }`;
}

function quoted(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}
