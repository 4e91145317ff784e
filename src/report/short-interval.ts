import { readableParts } from '../duration.ts';
import { fromPercent, percentNumber } from '../verdict/percent.ts';
import type { Row } from '../verdict/rows/result.ts';
import { textOf, type Unit } from '../verdict/words/units.ts';

/**
 * An interval of a row in short: `0.1-0.4`, `850 ms-1.2 s`, `40 or more`. Units that are those of the value are left
 * out. Empty without an interval, and where both ends read the same.
 */
export function shortenInterval({ unit, interval, value }: Pick<Row, 'unit' | 'interval' | 'value'>): string {
  const [low, high] = interval ?? [null, null];
  if (low === null || unit === undefined) return '';
  const ends = (high === null ? [low] : [low, high]).map((end) => partsOf(unit, end));
  const own = value === null ? undefined : partsOf(unit, value)[1];
  const bare = ends.every(([, suffix]) => suffix === own);
  const texts = ends.map(([number, suffix]) => (bare ? number : `${number}${suffix}`));
  if (texts.length === 1) return `${texts[0]} or more`;
  return texts[0] === texts[1] ? '' : texts.join('-');
}

/** A number and its unit as they are written. */
function partsOf(unit: Unit, value: number): readonly [number: string, suffix: string] {
  if (unit === 'ms') {
    const [number, suffix] = readableParts(value);
    return [number, ` ${suffix}`];
  }
  return unit === '%' ? [percentNumber(fromPercent(value)), ' %'] : [textOf(unit, value), ''];
}
