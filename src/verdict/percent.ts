/**
 * A share as text with its unit, `'1%'`, `'0.1 %'`, or as a number from 0 to below 1: `0.01`. The whole is `'100%'`.
 */
export type Percent = number | `${number}%` | `${number} %`;

/**
 * A {@link Percent} as a share from 0 to 1.
 * @param subject what the share belongs to, named in the error
 * @throws TypeError when the text has no per cent sign or is not from 0 to 100 %, or the number is not from 0 to below
 * 1: a 1 may be meant as 1 %
 */
export function share(percent: Percent, subject: string): number {
  const value = typeof percent === 'number' ? percent : fromText(percent);
  if (value >= 0 && value <= 1 && percent !== 1) return value;
  throw new TypeError(
    `${subject} must be per cent as text, '0 %' to '100 %', or a share from 0 to below 1; got ${show(percent)}${hint(percent)}`,
  );
}

/** A share in per cent, without the binary noise of the product: 0.58 gives 58. */
export function toPercent(value: number): number {
  return Number((value * 100).toPrecision(12));
}

/**
 * A share for a person, with three significant digits: `0.125 %`, `4.2 %`, `100 %`. Only 0 and 100 % themselves are
 * shown as such.
 */
export function percentText(value: number): string {
  return Number.isNaN(value) ? 'not measured' : `${percentNumber(value)} %`;
}

/** The number of a share in per cent as a person reads it, without its unit. */
export function percentNumber(value: number): string {
  const percent = value * 100;
  const rounded =
    percent > 99 && percent < 100 ? 100 - Number((100 - percent).toPrecision(2)) : Number(percent.toPrecision(3));
  return `${rounded}`;
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
  if (percent === 1) return ": write '1%' or 0.01, and '100%' for all of them";
  if (typeof percent === 'number' && percent > 1 && percent <= 100)
    return `: write '${percent}%' or ${fromPercent(percent)}`;
  return '';
}
