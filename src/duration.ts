/** A length of time: milliseconds as a number, or a number with a unit: `'200ms'`, `'5s'`, `'2m'`, `'1h'`. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h'}`;

const unit: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/**
 * Milliseconds of a {@link Duration}.
 * @param subject what the duration belongs to, named in the error
 * @throws TypeError when the text has no known unit, or the value is not finite or is negative
 */
export function milliseconds(duration: Duration, subject = 'duration'): number {
  const [, number, suffix] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(String(duration)) ?? [];
  const value =
    typeof duration === 'number'
      ? duration
      : number && suffix
        ? // To the microsecond: 1.001 * 1,000 is a little less than 1,001, and two seconds from there are less than two.
          Math.round(Number(number) * (unit[suffix] ?? Number.NaN) * 1_000) / 1_000
        : Number.NaN;
  if (Number.isFinite(value) && value >= 0) return value;
  throw new TypeError(
    `${subject} must be milliseconds or a number with a unit (ms, s, m, h), such as '5s'; got ${JSON.stringify(duration) ?? String(duration)}`,
  );
}

/** A duration as a person reads it: `850 ms`, `12.5 s`, `3.2 min`. */
export function readable(ms: number): string {
  return Number.isFinite(ms) ? readableParts(ms).join(' ') : 'never';
}

/** The number and the unit of a finite duration as a person reads it: `['850', 'ms']`. */
export function readableParts(ms: number): readonly [number: string, unit: 'ms' | 's' | 'min'] {
  if (ms < 10) return [ms.toFixed(1), 'ms'];
  if (ms < 1_000) return [`${Math.round(ms)}`, 'ms'];
  if (ms < 120_000) return [(ms / 1_000).toFixed(1), 's'];
  return [(ms / 60_000).toFixed(1), 'min'];
}
