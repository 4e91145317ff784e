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

/** The middle of some values, or the mean of the two in the middle; NaN without values. */
export function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const upper = sorted[sorted.length >> 1] ?? Number.NaN;
  const lower = sorted[(sorted.length - 1) >> 1] ?? Number.NaN;
  return upper === lower ? upper : (upper + lower) / 2;
}
