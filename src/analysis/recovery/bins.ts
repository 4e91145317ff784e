import { chunksOf, outcomes } from '../../recording/columns.ts';
import type { Recording } from '../../recording/recording.ts';
import { mostKept } from '../stats/collector.ts';
import { fromTop, nearestRank } from '../stats/order.ts';
import { readCases } from '../window/cases.ts';
import { findStalls } from '../window/stalls.ts';

/** A pair of readings of one quantity. */
export interface BestWorst {
  readonly best: number;
  readonly worst: number;
}

/**
 * What was measured in one bin of a run. Errors and latency go by when an operation was due, goodput by when it ended.
 */
export interface Bin {
  /** Milliseconds since the recording's zero; half-open. */
  readonly from: number;
  readonly to: number;
  /** Ok operations that ended in the bin. */
  readonly completed: number;
  /** Operations due in the bin. */
  readonly due: number;
  readonly errors: BestWorst;
  /** Nearest-rank p99 in milliseconds of the operations due in the bin; NaN if there were none. */
  readonly p99: BestWorst;
  /** Milliseconds of the bin in which the generator stood still. */
  readonly stalled: number;
}

/**
 * Latencies in milliseconds. Where there are more than a million in all, with 24 bits of precision, to take half of the
 * memory.
 */
export type Latencies = Float64Array | Float32Array;

/** A bin with the latencies of the operations due in it, in any order. */
export interface MeasuredBin extends Bin {
  readonly latencies: { readonly best: Latencies; readonly worst: Latencies };
}

const okCode = outcomes.indexOf('ok');

/** How a run is cut. All in milliseconds. */
export interface Cut {
  /** Where an edge lies. */
  readonly anchor: number;
  /** Length of a bin, above 0. */
  readonly length: number;
  /**
   * When the first fault was asked for. An operation that was due before and ended after it may have suffered from the
   * fault. In the best case, of which the baseline is made, it is no error and took until that instant.
   */
  readonly askedAt: number;
}

/**
 * Cuts a run into bins whose edges lie at `anchor` and whole multiples of `length` from it, in both directions. Only
 * bins that lie whole between zero and the end of the load are kept.
 */
export function cutBins(recording: Recording, { anchor, length, askedAt }: Cut): MeasuredBin[] {
  const { duration } = recording;
  const first = Math.ceil(-anchor / length);
  const count = Math.max(0, Math.floor((duration - anchor) / length) - first);
  const binOf = (instant: number): number => Math.floor((instant - anchor) / length) - first;
  const inRange = (bin: number): boolean => bin >= 0 && bin < count;

  const due = new Uint32Array(count);
  const completed = new Uint32Array(count);
  for (const { length: rows, dueAt, endedAt, outcome } of chunksOf(recording.columns)) {
    for (let row = 0; row < rows; row++) {
      const dueBin = binOf(dueAt[row] as number);
      if (inRange(dueBin)) due[dueBin] = (due[dueBin] as number) + 1;
      if ((outcome[row] as number) !== okCode) continue;
      const endBin = binOf(endedAt[row] as number);
      if (inRange(endBin)) completed[endBin] = (completed[endBin] as number) + 1;
    }
  }

  // The latencies of a bin lie side by side.
  const next = new Uint32Array(count + 1);
  for (let bin = 0; bin < count; bin++) next[bin + 1] = (next[bin] as number) + (due[bin] as number);
  const total = next[count] as number;
  const Kept = total > mostKept ? Float32Array : Float64Array;
  const best = new Kept(total);
  const worst = new Kept(total);
  const bestErrors = new Uint32Array(count);
  const worstErrors = new Uint32Array(count);
  for (const columns of chunksOf(recording.columns)) {
    const cases = readCases(recording, columns);
    const { length: rows, dueAt } = columns;
    for (let row = 0; row < rows; row++) {
      const bin = binOf(dueAt[row] as number);
      if (!inRange(bin)) continue;
      const place = next[bin] as number;
      next[bin] = place + 1;
      const due = dueAt[row] as number;
      const isCaught = due < askedAt && !((columns.endedAt[row] as number) < askedAt);
      const latency = cases.duration(row, 'best');
      best[place] = isCaught ? Math.min(latency, askedAt - due) : latency;
      worst[place] = cases.duration(row, 'worst');
      if (!isCaught && cases.isError(row, 'best')) bestErrors[bin] = (bestErrors[bin] as number) + 1;
      if (cases.isError(row, 'worst')) worstErrors[bin] = (worstErrors[bin] as number) + 1;
    }
  }

  const stalls = findStalls(recording);
  const within = (latencies: Latencies, bin: number): Latencies => {
    const end = next[bin] as number;
    return latencies.subarray(end - (due[bin] as number), end);
  };
  return Array.from({ length: count }, (_, bin) => {
    const from = anchor + (first + bin) * length;
    const latencies = { best: within(best, bin), worst: within(worst, bin) };
    return {
      from,
      to: from + length,
      completed: completed[bin] as number,
      due: due[bin] as number,
      errors: { best: bestErrors[bin] as number, worst: worstErrors[bin] as number },
      p99: { best: findP99(latencies.best), worst: findP99(latencies.worst) },
      latencies,
      stalled: stalls.overlap(from, from + length),
    };
  });
}

function findP99(latencies: Latencies): number {
  return fromTop(latencies, latencies.length + 1 - nearestRank(latencies.length, 0.99));
}
