import type { Duration } from '../duration.ts';
import type { ScheduledFault } from './fault.ts';

/**
 * Writes a call as it stands in a test: `latency(redis, '50ms')`. Trailing arguments that were not given are left out,
 * and so are empty options.
 * @param subject the service's name in the test
 */
export function writeCall(what: string, subject: string, ...given: readonly unknown[]): string {
  const args = given.map(writeLiteral);
  const last = args.findLastIndex((one) => one !== undefined);
  return `${what}(${[subject, ...args.slice(0, last + 1).map((one) => one ?? 'undefined')].join(', ')})`;
}

/** Writes a value as code; undefined when there is nothing to write. */
function writeLiteral(value: unknown): string | undefined {
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (Array.isArray(value)) {
    return value.length === 0 ? undefined : `[${value.map((one) => writeLiteral(one) ?? 'undefined').join(', ')}]`;
  }
  if (value instanceof RegExp) return String(value);
  if (value instanceof Date) return `new Date('${value.toISOString()}')`;
  if (value instanceof Uint8Array) return `Buffer.from('${Buffer.from(value).toString('hex')}', 'hex')`;
  if (typeof value !== 'object' || value === null) return value === undefined ? undefined : JSON.stringify(value);
  const parts = Object.entries(value).flatMap(([key, inner]) => {
    const text = writeLiteral(inner);
    return text === undefined ? [] : [`${key}: ${text}`];
  });
  return parts.length === 0 ? undefined : `{ ${parts.join(', ')} }`;
}

function quote(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}

/** Writes a fault with its time, as it stands in a test: `refuse(redis).from('4s').to('5s')`. */
export function writeFault({ fault, from, to }: ScheduledFault): string {
  const code = fault.code ?? fault.name;
  return to > from ? `${code}.from('${writeTime(from)}').to('${writeTime(to)}')` : `${code}.at('${writeTime(from)}')`;
}

/**
 * Writes a schedule to paste into a test, in the order of time: `faults: [refuse(redis).from('4s').to('5s')]`. Each of
 * several faults gets a line of its own.
 */
export function writeSchedule(faults: readonly ScheduledFault[]): string {
  const lines = faults.toSorted((a, b) => a.from - b.from || a.to - b.to).map(writeFault);
  return lines.length < 2
    ? `faults: [${lines.join('')}]`
    : `faults: [\n${lines.map((line) => `  ${line},\n`).join('')}]`;
}

/** Writes milliseconds as code, to the last digit: `4.2s`, `850ms`. */
export function writeTime(ms: number): Duration & string {
  return ms >= 1_000 ? `${ms / 1_000}s` : `${ms}ms`;
}
