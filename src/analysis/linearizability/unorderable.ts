import { linearize } from './linearize.ts';
import { collectSeenValues, leaves, onlyLooks, type RegisterCall, type Timed } from './register.ts';

/**
 * Most configurations that each search for a smaller witness looks at, and most operations that all searches go
 * through.
 */
const statesEach = 20_000;
const operationsInAll = 500_000;

/**
 * Finds the operations that show that a history fits no order, as few as a bounded search finds. It takes the shortest
 * beginning of the history that fits none. From that it takes out reads, and writes that nobody saw, as long as no
 * order becomes possible. Operations are in the order in which they were sent; the last to end is the one that fits
 * none.
 * @param history fits no order
 * @param held what the register holds in the beginning
 */
export function findUnorderable(history: readonly Timed[], held: string | undefined): Timed[] {
  let left = operationsInAll;
  const fitsNone = (part: readonly Timed[]): boolean => {
    if (left <= 0) return false;
    left -= part.length + 1;
    return linearize(part, held, statesEach).order === 'none';
  };
  return dropNeedless(findShortestBeginning(history, fitsNone), fitsNone).toSorted(
    (one, other) => one.from - other.from || one.to - other.to,
  );
}

/** What had been sent by the end of an operation; what had no answer by then has none. */
function takeBeginning(history: readonly Timed[], end: number): Timed[] {
  return history
    .filter(({ from }) => from <= end)
    .map((one) => (one.to <= end ? one : { ...one, to: Number.POSITIVE_INFINITY }))
    .filter(({ call, to }) => to <= end || !onlyLooks(call));
}

/** Bisects: what follows a beginning that fits no order does not mend it. */
function findShortestBeginning(history: readonly Timed[], fitsNone: (part: readonly Timed[]) => boolean): Timed[] {
  const ends = history
    .map(({ to }) => to)
    .filter(Number.isFinite)
    .sort((one, other) => one - other);
  let [low, high] = [0, ends.length - 1];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (fitsNone(takeBeginning(history, ends[middle] as number))) high = middle;
    else low = middle + 1;
  }
  return takeBeginning(history, ends[high] ?? Number.POSITIVE_INFINITY);
}

/** Takes out parts, large ones first, as long as the rest fits no order (after Zeller's delta debugging). */
function dropNeedless(history: readonly Timed[], fitsNone: (part: readonly Timed[]) => boolean): readonly Timed[] {
  let kept = history;
  for (let size = Math.ceil(kept.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    let changed = true;
    while (changed) {
      changed = false;
      for (let from = 0; from < kept.length; from += size) {
        const rest = leaveOut(kept, from, from + size);
        if (rest.length === kept.length || !fitsNone(rest)) continue;
        kept = rest;
        changed = true;
        from -= size;
      }
      // Of the small ones each may have been needed by a later one that is gone now.
      changed &&= size === 1;
    }
  }
  return kept;
}

/** The history without what may be taken out of a part of it. */
function leaveOut(history: readonly Timed[], from: number, to: number): Timed[] {
  // Who was told what was not there may have been told so because of any write.
  if (history.some(({ call }, index) => isTellingWhatIsNot(call) && !(index >= from && index < to))) {
    return history.filter(({ call }, index) => !(index >= from && index < to && onlyLooks(call)));
  }
  const isInPart = (index: number): boolean => index >= from && index < to;
  const readsGone = history.filter(({ call }, index) => !(isInPart(index) && onlyLooks(call)));
  const part = new Set(history.slice(from, to));
  let kept = readsGone;
  for (;;) {
    const isSeen = collectSeenValues(kept.map(({ call }) => call));
    const next = kept.filter((one) => !part.has(one) || onlyLooks(one.call) || isSeen(leaves(one.call)));
    if (next.length === kept.length) return kept;
    kept = next;
  }
}

function isTellingWhatIsNot(call: RegisterCall): boolean {
  return call.kind === 'cas' && call.swapped === false;
}
