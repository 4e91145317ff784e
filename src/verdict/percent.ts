/** A share as text with its unit, `'1%'`, `'0.1 %'`, or as a number from 0 to 1. */
export type Percent = number | `${number}%` | `${number} %`;

/**
 * A {@link Percent} as a share from 0 to 1.
 * @param subject what the share belongs to, named in the error
 * @throws TypeError when the text has no per cent sign, or the share is not from 0 to 1
 */
export function share(percent: Percent, subject: string): number {
  const value = typeof percent === 'number' ? percent : fromText(percent);
  if (value >= 0 && value <= 1) return value;
  throw new TypeError(
    `${subject} must be per cent as text, '0 %' to '100 %', or a share from 0 to 1; got ${show(percent)}${hint(percent)}`,
  );
}

/** A share in per cent, without the binary noise of the product: 0.58 gives 58. */
export function toPercent(value: number): number {
  return Number((value * 100).toPrecision(12));
}

/** A share as a person reads it, with three digits that count: `0.125 %`, `4.2 %`, `100 %`. Never rounded to 0 or 100 % unless it is. */
export function percentText(value: number): string {
  if (Number.isNaN(value)) return 'not measured';
  const percent = value * 100;
  if (percent > 99 && percent < 100) return `${100 - Number((100 - percent).toPrecision(2))} %`;
  return `${Number(percent.toPrecision(3))} %`;
}

/** Per cent as a share, without the rounding of a division: 1.1 gives 0.011. */
export function fromPercent(percent: number | string): number {
  return Number(`${percent}e-2`);
}

function fromText(text: unknown): number {
  const [, number] = (typeof text === 'string' && /^\s*(\d+(?:\.\d+)?)\s*%\s*$/.exec(text)) || [];
  return number === undefined ? Number.NaN : fromPercent(number);
}

function show(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value);
}

function hint(percent: unknown): string {
  const number = Number(percent);
  if (typeof percent === 'string' && percent.trim() !== '' && number >= 0 && number <= 100) {
    return `: write '${number}%'`;
  }
  if (typeof percent === 'number' && percent > 1 && percent <= 100) return `: write '${percent}%'`;
  return '';
}
