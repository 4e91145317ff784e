import { readable } from '../duration.ts';
import { metrics } from '../verdict/metrics/metrics.ts';
import { percentText } from '../verdict/percent.ts';
import type { Row } from '../verdict/result.ts';

/**
 * An interval of a row in short, without units where they are those of the value: `0.1-0.4`, `850 ms-1.2 s`, `40 or more`. Empty
 * without one, and where both of its ends read the same.
 */
export function shortInterval({ metric, interval, shown }: Pick<Row, 'metric' | 'interval' | 'shown'>): string {
  const [low, high] = interval ?? [null, null];
  if (low === null) return '';
  const percent = metrics.find(({ name }) => name === metric)?.unit === '%';
  const texts = (high === null ? [low] : [low, high]).map((end) => (percent ? percentText(end / 100) : readable(end)));
  const unit = shown.slice(shown.lastIndexOf(' '));
  const bare = texts.every((text) => text.endsWith(unit)) ? texts.map((text) => text.slice(0, -unit.length)) : texts;
  if (bare.length === 1) return `${bare[0]} or more`;
  return bare[0] === bare[1] ? '' : bare.join('-');
}
