import type { Duration } from '../duration.ts';
import type { ScheduledFault } from './fault.ts';

/** A fault with its time, as it is written in a test: `refuse(redis).from('4s').to('5s')`. */
export function written({ fault, from, to }: ScheduledFault): string {
  const code = fault.code ?? fault.name;
  return to > from ? `${code}.from('${timeCode(from)}').to('${timeCode(to)}')` : `${code}.at('${timeCode(from)}')`;
}

/** A schedule to paste into a test, in the order of time: `faults: [refuse(redis).from('4s').to('5s')]`. A line each where they are several. */
export function writtenSchedule(faults: readonly ScheduledFault[]): string {
  const lines = faults.toSorted((a, b) => a.from - b.from || a.to - b.to).map(written);
  return lines.length < 2
    ? `faults: [${lines.join('')}]`
    : `faults: [\n${lines.map((line) => `  ${line},\n`).join('')}]`;
}

/** Milliseconds as code, to the last digit: `4.2s`, `850ms`. */
export function timeCode(ms: number): Duration & string {
  return ms >= 1_000 ? `${ms / 1_000}s` : `${ms}ms`;
}
