import type { CategoryName } from '../../recording/categories.ts';
import { type Columns, chunksOf, outcomes } from '../../recording/columns.ts';
import type { Recording, Window } from '../../recording/recording.ts';
import { countAbove } from '../stats/order.ts';
import { type Case, readCases } from './cases.ts';
import { findDisturbances } from './stalls.ts';
import { filterByName, isWithin } from './window.ts';

/** Category of the errors among what a closed loop did not send while it was silent. */
export const silence = 'silence' satisfies CategoryName;

/** Finest bins in milliseconds. Longer ones are made of them. */
const finest = 10;
/** How many of the finest bins make a bin. */
const lengths = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000];
/**
 * Sends that a bin needs at the usual pace, so that chance moves it little; with the longest bins that a run allows,
 * the least of them.
 */
const [wanted, least] = [50, 10];
/** Length of a bin, in operations of usual length, so that few last for the whole of one. */
const operationsLong = 10;
/** Bins that a run is at least cut into. */
const fewestBins = 8;
/** A loop is silent where it sends less than this share of its usual pace: half of the connections make a silence. */
const audible = 0.6;
/** Where it sends less than this share, connections without an operation are missed too. */
const full = 0.95;

/** A bin in which a closed loop sent less than usual. */
interface SilentBin {
  readonly from: number;
  readonly to: number;
  /**
   * Operations missing from the usual pace, for each operation that lasted for the whole bin, and each connection
   * without one.
   */
  readonly each: number;
  /** The part of them on connections without an operation. */
  readonly idle: number;
  /** Whether that is certain. Not where the generator stood still or caught up, nor where most connections went on. */
  readonly isCertain: boolean;
  /**
   * Whether only errors are known to have held connections: an ok operation that is long among quick ones is no
   * silence.
   */
  readonly onlyErrors: boolean;
}

/** What a closed loop would have sent while it was silent. */
export interface Silence {
  readonly bins: readonly SilentBin[];
  /** Whether an operation was sent by a closed loop. */
  readonly isClosed: (columns: Columns) => (row: number) => boolean;
}

const known = new WeakMap<Recording, Silence>();
const none: Silence = { bins: [], isClosed: () => () => false };

/**
 * Finds where a closed loop fell silent. Such a loop sends when it was answered, so an app that hangs is asked for
 * little. 10 connections are answered 100,000 times in 10 s, and never again in the next 10 s: that leaves 20 errors,
 * 0.02 %. What the loop would have sent meanwhile at its usual pace counts too (the correction for coordinated omission
 * that Tene gives).
 *
 * The usual pace is that of the bin in which the median operation was sent. What a bin lacks falls to the operations
 * that were under way for the whole bin, and to the connections that had none.
 *
 * Where 3 of 10 connections hang and the others go on, nobody knows whether other requests on those 3 had been
 * answered. That counts in the worst case only.
 */
export function findSilence(recording: Recording): Silence {
  let found = known.get(recording);
  if (!found) {
    found = detectSilence(recording);
    known.set(recording, found);
  }
  return found;
}

/** An operation that was not sent. */
export interface Unsent {
  /** Milliseconds from when it would have been due to its answer; +Infinity without one. */
  readonly latency: number;
  readonly isError: boolean;
}

/**
 * Tells of each operation that a closed loop would have sent in a window while it was silent. It fares like the
 * operation that held its connection: it waits for the same end, and is an error if that is one. In the best case
 * nothing is missing where the generator itself stood still.
 */
export function tellUnsent(window: Window, which: Case, tell: (unsent: Unsent) => void): void {
  const { recording } = window;
  const { bins, isClosed } = findSilence(recording);
  const inside = bins.filter((bin) => isWithin(window, bin.from) && (which === 'worst' || bin.isCertain));
  if (inside.length === 0) return;
  const starts = Float64Array.from(inside, (bin) => bin.from);
  // Parts of operations add up to whole ones, errors for themselves.
  const parts = { error: 0, ok: 0 };
  const told = (bin: SilentBin, count: number, end: number, isError: boolean): void => {
    const part = isError ? 'error' : 'ok';
    for (parts[part] += count; parts[part] >= 1; parts[part]--) {
      const isEndless = isError && which === 'worst';
      tell({ latency: isEndless ? Number.POSITIVE_INFINITY : end - (bin.from + bin.to) / 2, isError });
    }
  };
  let all = 0;
  let ours = 0;
  for (const columns of chunksOf(recording.columns)) {
    const cases = readCases(recording, columns);
    const isSent = isClosed(columns);
    const isNamed = filterByName(window, columns);
    for (let row = 0; row < columns.length; row++) {
      if (!isSent(row)) continue;
      all++;
      if (!isNamed(row)) continue;
      ours++;
      const end = endOf(columns, row);
      const isOk = (columns.outcome[row] as number) === okCode;
      let next = starts.length - countAbove(starts, columns.dueAt[row] as number);
      for (let bin = inside[next]; bin && bin.to <= end; bin = inside[++next]) {
        if (!(isOk && bin.onlyErrors)) told(bin, bin.each, end, cases.isError(row, which));
      }
    }
  }
  // Of one name among several nobody knows what an idle connection would have sent.
  if (ours < all) return;
  for (const bin of inside) told(bin, bin.idle, Number.POSITIVE_INFINITY, true);
}

const okCode = outcomes.indexOf('ok');

/** When an operation left its connection free; +Infinity if it never did. */
function endOf({ endedAt }: Columns, row: number): number {
  const end = endedAt[row] as number;
  return Number.isNaN(end) ? Number.POSITIVE_INFINITY : end;
}

function detectSilence(recording: Recording): Silence {
  const { loop, closedPart } = recording.generator;
  if (loop !== 'closed') return none;
  const isClosed = ({ name, names }: Columns): ((row: number) => boolean) => {
    if (!closedPart) return () => true;
    const codes = new Set(closedPart.names.map((one) => names.indexOf(one)));
    return (row) => codes.has(name[row] as number);
  };
  const sending = { from: beginOf(recording, isClosed), to: closedPart?.until ?? recording.duration };
  const fine = talliesOf(recording, isClosed, sending, finest);
  const bins = chosenLength(fine);
  if (bins === undefined) return none;
  const tallies = talliesOf(recording, isClosed, sending, bins * finest);
  return { bins: silentBins(recording, tallies), isClosed };
}

/** When the first operation of the closed loop was due. */
function beginOf({ columns }: Recording, isClosed: Silence['isClosed']): number {
  let begin = Number.POSITIVE_INFINITY;
  for (const chunk of chunksOf(columns)) {
    const isSent = isClosed(chunk);
    for (let row = 0; row < chunk.length; row++) {
      if (isSent(row)) begin = Math.min(begin, chunk.dueAt[row] as number);
    }
  }
  return begin;
}

/** What happened in each bin of a run, from the first operation to the end of the load. */
interface Tallies {
  readonly begin: number;
  readonly length: number;
  readonly sent: Float64Array;
  /** Operations that were under way for the whole bin, due before it. */
  readonly held: Float64Array;
  /** Those of `held` that were errors. */
  readonly heldByErrors: Float64Array;
  /** Mean number of operations under way. */
  readonly busy: Float64Array;
}

function talliesOf(
  { columns: all }: Recording,
  isClosed: Silence['isClosed'],
  { from: begin, to }: { readonly from: number; readonly to: number },
  length: number,
): Tallies {
  const count = Math.max(0, Math.floor((to - begin) / length));
  const sent = new Float64Array(count);
  const held = new Float64Array(count);
  const heldByErrors = new Float64Array(count);
  const busy = new Float64Array(count);
  const add = (counts: Float64Array, bin: number, by: number): void => {
    if (bin < count) counts[bin] = (counts[bin] as number) + by;
  };
  for (const columns of chunksOf(all)) {
    const isSent = isClosed(columns);
    for (let row = 0; row < columns.length; row++) {
      const due = ((columns.dueAt[row] as number) - begin) / length;
      const end = (endOf(columns, row) - begin) / length;
      if (!isSent(row) || !(due >= 0)) continue;
      const [first, last] = [Math.floor(due), Math.floor(Math.min(end, count))];
      add(sent, first, 1);
      if (first >= last) {
        add(busy, first, Math.max(0, end - due));
        continue;
      }
      add(busy, first, first + 1 - due);
      if (last < count) add(busy, last, end - last);
      // As differences from one bin to the next.
      const isOk = (columns.outcome[row] as number) === okCode;
      for (const counts of isOk ? [held] : [held, heldByErrors]) {
        add(counts, first + 1, 1);
        add(counts, last, -1);
      }
    }
  }
  for (let bin = 1; bin < count; bin++) {
    for (const counts of [held, heldByErrors]) add(counts, bin, counts[bin - 1] as number);
  }
  for (let bin = 0; bin < count; bin++) add(busy, bin, held[bin] as number);
  return { begin, length, sent, held, heldByErrors, busy };
}

/** The bin in which the median operation was sent, by how much the bins sent; undefined without any. */
function usualBin(sent: Float64Array): number | undefined {
  const order = Uint32Array.from(sent.keys()).sort((a, b) => (sent[a] as number) - (sent[b] as number));
  const half = sent.reduce((sum, count) => sum + count, 0) / 2;
  let passed = 0;
  return order.find((bin) => {
    passed += sent[bin] as number;
    return passed > 0 && passed >= half;
  });
}

/**
 * How many of the finest bins make one that tells silence from chance; undefined where the run is too short, or its
 * pace too low.
 */
function chosenLength(fine: Tallies): number | undefined {
  const possible = lengths.filter((length) => fine.sent.length / length >= fewestBins);
  return possible.find((length) => {
    const coarse = summed(fine.sent, length);
    const usual = usualBin(coarse);
    if (usual === undefined) return false;
    const sent = coarse[usual] as number;
    const busy = (summed(fine.busy, length)[usual] as number) / length;
    return sent >= (length === possible.at(-1) ? least : Math.max(wanted, operationsLong * busy));
  });
}

function summed(counts: Float64Array, length: number): Float64Array {
  const sums = new Float64Array(Math.floor(counts.length / length));
  for (let bin = 0; bin < sums.length * length; bin++) {
    const to = Math.floor(bin / length);
    sums[to] = (sums[to] as number) + (counts[bin] as number);
  }
  return sums;
}

function silentBins(recording: Recording, tallies: Tallies): SilentBin[] {
  const { begin, length, sent, held, heldByErrors, busy } = tallies;
  const usual = usualBin(sent);
  if (usual === undefined) return [];
  const [pace, usuallyBusy] = [sent[usual] as number, busy[usual] as number];
  const { all } = findDisturbances(recording);
  const found: SilentBin[] = [];
  for (let bin = 0; bin < sent.length; bin++) {
    const lacking = pace - (sent[bin] as number);
    const onlyErrors = lacking <= (1 - audible) * pace;
    // In the first bin the connections open.
    const isMissed = bin > 0 && lacking >= Math.max(2, (1 - full) * pace);
    const idle = isMissed ? Math.max(0, usuallyBusy - (busy[bin] as number)) : 0;
    const silentOnes = ((onlyErrors ? heldByErrors : held)[bin] as number) + idle;
    const missing = Math.min(lacking, (pace * silentOnes) / usuallyBusy);
    if (!(missing > 0)) continue;
    const from = begin + bin * length;
    const each = missing / silentOnes;
    const isCertain = !onlyErrors && all.overlap(from, from + length) === 0;
    found.push({ from, to: from + length, each, idle: each * idle, isCertain, onlyErrors });
  }
  return found;
}
