import { chunksOf } from '../../recording/columns.ts';
import type { Recording, Window } from '../../recording/recording.ts';
import { type Case, type Cases, readCases } from '../window/cases.ts';
import { readParts } from '../window/window.ts';
import type { Certainty, Stretch } from './health-words.ts';

/** Milliseconds of the bins in which an app's work is looked at. */
export const workBin = 500;

/** Operations due in a bin below which it shows nothing. */
export const fewestInBin = 5;

/** Milliseconds within which an answer must come to show an app that does its work. */
export const promptWithin = 1_000;

/**
 * Milliseconds after which an operation is not done, unless the test says otherwise. The client's time-out does not
 * matter.
 */
export const usualWorkWithin = 5_000;

/** Share of operations that must be done, in time, for an app to be doing its work. */
const workingFrom = 0.9;

/** Share of operations that fail above which an app cannot do its work. */
const failingAbove = 0.5;

/** Whether an app did its work, by the operations due in bins of a run. Neighbouring bins of a kind are one stretch. */
export interface Work {
  /** More than half of the operations failed or took too long. */
  readonly failing: Certainty<readonly Stretch[]>;
  /** 90 % of the operations or more were done within a second. */
  readonly working: Certainty<readonly Stretch[]>;
  /** Bins of the run, and those in which enough was due to tell. */
  readonly bins: number;
  readonly measured: number;
}

/**
 * Looks at an app's work in bins of {@link workBin}, from zero to the end of the run. An operation belongs to the bin
 * in which it was due. A bin between the two (some fail, or are late) is neither: either word is true of it.
 * Certain is what the operations with a known outcome show, if there are enough. Possible is what the others may have
 * been through the generator's own fault. Nobody knows when within a bin the work changed. So the certain time is
 * shorter than its bins, by the share of the others in the first and the last bin; the possible time is longer.
 * @param workWithin milliseconds after which an operation counts as not done, above 0
 */
export function measureWork(recording: Recording, workWithin = usualWorkWithin): Work {
  const count = Math.floor(recording.duration / workBin);
  const due = new Uint32Array(count);
  const tally = () => ({ best: new Uint32Array(count), worst: new Uint32Array(count) });
  const undone = tally();
  const prompt = tally();
  const promptly = Math.min(promptWithin, workWithin);
  for (const columns of chunksOf(recording.columns)) {
    const cases = readCases(recording, columns);
    const { length, dueAt } = columns;
    for (let row = 0; row < length; row++) {
      const bin = Math.floor((dueAt[row] as number) / workBin);
      if (!(bin >= 0 && bin < count)) continue;
      add(due, bin);
      for (const which of ['best', 'worst'] as const) {
        if (!isDone(cases, row, which, workWithin)) add(undone[which], bin);
        else if (cases.latency(row, which) <= promptly) add(prompt[which], bin);
      }
    }
  }
  const share = (part: Uint32Array, bin: number) => (part[bin] as number) / (due[bin] as number);
  /** The share that is certain: of all that was due, with those that may have gone either way counted against it. */
  const known = (least: Uint32Array, most: Uint32Array, bin: number) => {
    const certain = (due[bin] as number) - ((most[bin] as number) - (least[bin] as number));
    return certain >= fewestInBin ? share(least, bin) : Number.NaN;
  };
  const enough = (bin: number) => (due[bin] as number) >= fewestInBin;
  /** Within its first and last bin the change may have been as late, or as early, as the others of them allow. */
  const certain = (part: (bin: number) => number, holds: (share: number) => boolean): Stretch[] =>
    joinBins(count, (bin) => enough(bin) && holds(part(bin))).map(({ first, last }) => ({
      from: (first + 1 - part(first)) * workBin,
      to: (last + part(last)) * workBin,
    }));
  /** It may have begun in the bin before, and ended in the one after, by as much of them as was so too. */
  const possible = (part: (bin: number) => number, holds: (share: number) => boolean): Stretch[] =>
    joinBins(count, (bin) => enough(bin) && holds(part(bin))).map(({ first, last }) => ({
      from: (first - (part(first - 1) || 0)) * workBin,
      to: (last + 1 + (part(last + 1) || 0)) * workBin,
    }));
  return {
    failing: {
      certain: certain(
        (bin) => known(undone.best, undone.worst, bin),
        (part) => part > failingAbove,
      ),
      possible: possible(
        (bin) => share(undone.worst, bin),
        (part) => part > failingAbove,
      ),
    },
    working: {
      certain: certain(
        (bin) => known(prompt.worst, prompt.best, bin),
        (part) => part >= workingFrom,
      ),
      possible: possible(
        (bin) => share(prompt.best, bin),
        (part) => part >= workingFrom,
      ),
    },
    bins: count,
    measured: due.reduce((sum, _, bin) => sum + (enough(bin) ? 1 : 0), 0),
  };
}

/** Operations due in a window that did not fail and took longer than work may take, in the best case. */
export function countOverdue(window: Window, workWithin: number): number {
  let count = 0;
  for (const { columns, rows } of readParts(window)) {
    const cases = readCases(window.recording, columns);
    for (const row of rows) {
      if (!cases.isError(row, 'worst') && cases.latency(row, 'best') > workWithin) count++;
    }
  }
  return count;
}

/** Whether an operation was done within the time that work may take. */
function isDone(cases: Cases, row: number, which: Case, workWithin: number): boolean {
  return !cases.isError(row, which) && cases.latency(row, which) <= workWithin;
}

function add(counts: Uint32Array, bin: number): void {
  counts[bin] = (counts[bin] as number) + 1;
}

/** Bins in a row that are of a kind. */
interface BinsInARow {
  readonly first: number;
  readonly last: number;
}

function joinBins(count: number, holds: (bin: number) => boolean): BinsInARow[] {
  const rows: { first: number; last: number }[] = [];
  for (let bin = 0; bin < count; bin++) {
    if (!holds(bin)) continue;
    const row = rows.at(-1);
    if (row?.last === bin - 1) row.last = bin;
    else rows.push({ first: bin, last: bin });
  }
  return rows;
}
