/** Values in ascending order: a Float64Array that is sorted is one, and so is a histogram. */
export interface Sorted extends Iterable<number> {
  readonly length: number;
  /** The value at an index, counted from 0; undefined beyond the last. The index is not negative. */
  at(index: number): number | undefined;
  /** The mean, where it is known better than from the values. */
  readonly mean?: number;
}

/** How many of the ascending values lie above a limit. */
export function countAbove(ascending: Float64Array | Float32Array, limit: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] as number) <= limit) low = middle + 1;
    else high = middle;
  }
  return ascending.length - low;
}

/** How many of the values, in any order, lie above a limit. */
export function countAboveIn(values: Float64Array | Float32Array, limit: number): number {
  let count = 0;
  for (let index = 0; index < values.length; index++) if ((values[index] as number) > limit) count++;
  return count;
}

/**
 * The value at a rank counted down from the greatest, which is 1, without sorting: as long as it is small, a comparison
 * for each value is nearly all it takes.
 * @param values in any order, none of them NaN
 * @returns NaN when there are fewer values than that
 */
export function fromTop(values: Float64Array | Float32Array, rank: number): number {
  if (!(rank >= 1 && rank <= values.length)) return Number.NaN;
  // The greatest so far, ascending.
  const top = values.slice(0, rank).sort();
  for (let index = rank; index < values.length; index++) {
    const value = values[index] as number;
    if (value <= (top[0] as number)) continue;
    let place = 1;
    for (; place < rank && (top[place] as number) < value; place++) top[place - 1] = top[place] as number;
    top[place - 1] = value;
  }
  return top[0] as number;
}

/**
 * The greatest of any number of values, at least `floor`; NaN if one is NaN. `Math.max(...values)` throws beyond some
 * 100,000 of them.
 */
export function greatest(values: Iterable<number>, floor = Number.NEGATIVE_INFINITY): number {
  let most = floor;
  for (const value of values) most = Math.max(most, value);
  return most;
}

/** The least of any number of values, at most `ceiling`; NaN if one is NaN. */
export function least(values: Iterable<number>, ceiling = Number.POSITIVE_INFINITY): number {
  let lowest = ceiling;
  for (const value of values) lowest = Math.min(lowest, value);
  return lowest;
}

/** The middle of some values, or the mean of the two in the middle; NaN without values. */
export function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const upper = sorted[sorted.length >> 1] ?? Number.NaN;
  const lower = sorted[(sorted.length - 1) >> 1] ?? Number.NaN;
  return upper === lower ? upper : (upper + lower) / 2;
}

/** The rank of a percentile among n values, counted from 1 for the least: max(1, ceil(share x n)). */
export function nearestRank(n: number, share: number): number {
  // 0.07 x 100 is a little over 7 in floating point; the rank is 7 all the same.
  return Math.max(1, Math.ceil(share * n - 1e-9));
}

/** The mean of some values; NaN without values. */
export function meanOf(values: Sorted): number {
  if (values.mean !== undefined) return values.mean;
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}
