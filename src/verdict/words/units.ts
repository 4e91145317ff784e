import { fromPercent, percentText } from '../percent.ts';
import { counted, timeText } from './evidence.ts';

/** Units of metrics. Shares are in per cent, from 0 to 100. */
export type Unit = '/s' | 'ms' | '%' | 'keys' | 'bytes' | 'count' | 'operations' | 'transactions';

const texts: Readonly<Record<Unit, (value: number) => string>> = {
  '/s': rateText,
  ms: timeText,
  '%': (percent) => percentText(fromPercent(percent)),
  keys: (count) => counted(count, 'key'),
  bytes: bytesText,
  count: (count) => count.toLocaleString('en-US', { maximumFractionDigits: 1 }),
  operations: (count) => counted(count, 'operation'),
  transactions: (count) => counted(count, 'transaction'),
};

/** A value with its unit as a person reads it. */
export function textOf(unit: Unit, value: number): string {
  return Number.isNaN(value) ? 'not measured' : texts[unit](value);
}

/** A rate as a person reads it: `512/s`, `9.5/s`. */
export function rateText(rate: number): string {
  const rounded = rate < 10 ? Number(rate.toPrecision(2)) : Math.floor(rate);
  return `${rounded.toLocaleString('en-US')}/s`;
}

function bytesText(bytes: number): string {
  const mebibytes = bytes / 2 ** 20;
  return `${mebibytes < 10 ? mebibytes.toFixed(1) : Math.round(mebibytes).toLocaleString('en-US')} MiB`;
}
