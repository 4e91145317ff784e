/** A fault, as far as making a schedule smaller goes by it. Milliseconds. */
interface ShrinkableFault {
  readonly name: string;
  readonly from: number;
  /** Equal to `from` for one without a length. */
  readonly to: number;
}

/** How a schedule is made smaller. */
export interface Shrinking<T extends ShrinkableFault> {
  /** Makes a trial with these faults, none of them perhaps: does it still fail? What could not be judged does not. */
  readonly fails: (faults: readonly T[]) => Promise<boolean>;
  /** Milliseconds that this fault must last at least. */
  readonly shortest: (fault: T) => number;
  /** Most trials in all; none is made at 0. */
  readonly mostTrials: number;
  /** Whether the time for it is over. */
  readonly isOver: () => boolean;
}

/** What was left in the end. */
export interface Shrunk<T> {
  readonly faults: readonly T[];
  readonly trials: number;
  /**
   * Nothing more could be taken away: no fault, and of no fault a part. False when trials or time ran out before that
   * was known.
   */
  readonly complete: boolean;
}

/** Times are not looked for more narrowly than this, in milliseconds. */
const resolution = 250;

/** Times that are tried are multiples of this, in milliseconds, where they can be. */
const grid = 100;

/**
 * The smallest schedule found that still fails, from one that did. First without faults, by delta debugging (Zeller and
 * Hildebrandt, ddmin): halves, then smaller parts, alone and left out, until none of the faults can be left out. Then
 * each is made shorter, from its end and from its begin, by halving. Both again until nothing changes. No schedule is
 * tried twice.
 */
export async function shrink<T extends ShrinkableFault>(failing: readonly T[], how: Shrinking<T>): Promise<Shrunk<T>> {
  const known = new Map<string, boolean>([[keyOf(failing), true]]);
  let trials = 0;
  let complete = true;
  const fails = async (faults: readonly T[]): Promise<boolean> => {
    const key = keyOf(faults);
    const before = known.get(key);
    if (before !== undefined) return before;
    if (trials >= how.mostTrials || how.isOver()) {
      complete = false;
      return false;
    }
    trials++;
    const failed = await how.fails(faults);
    known.set(key, failed);
    return failed;
  };

  let faults = failing;
  for (let before = ''; before !== keyOf(faults); ) {
    before = keyOf(faults);
    faults = await dropFaults(faults, fails);
    faults = await shortenTimes(faults, how.shortest, fails);
  }
  return { faults, trials, complete };
}

type Test<T> = (faults: readonly T[]) => Promise<boolean>;

/** ddmin: a list of which no member can be left out. */
async function dropFaults<T>(failing: readonly T[], fails: Test<T>): Promise<readonly T[]> {
  if (failing.length > 0 && (await fails([]))) return [];
  let faults = failing;
  for (let parts = 2; faults.length >= 2; ) {
    const pieces = splitInto(faults, parts);
    const alone = await firstOf(pieces, fails);
    if (alone) {
      faults = alone;
      parts = 2;
      continue;
    }
    const rests = parts > 2 ? pieces.map((piece) => faults.filter((fault) => !piece.includes(fault))) : [];
    const rest = await firstOf(rests, fails);
    if (rest) {
      faults = rest;
      parts = Math.max(parts - 1, 2);
      continue;
    }
    if (parts >= faults.length) break;
    parts = Math.min(2 * parts, faults.length);
  }
  return faults;
}

async function firstOf<T>(candidates: readonly (readonly T[])[], fails: Test<T>): Promise<readonly T[] | undefined> {
  for (const candidate of candidates) if (await fails(candidate)) return candidate;
  return undefined;
}

function splitInto<T>(faults: readonly T[], parts: number): T[][] {
  const at = (part: number) => Math.round((part * faults.length) / parts);
  return Array.from({ length: parts }, (_, part) => faults.slice(at(part), at(part + 1)));
}

async function shortenTimes<T extends ShrinkableFault>(
  failing: readonly T[],
  shortest: (fault: T) => number,
  fails: Test<T>,
): Promise<readonly T[]> {
  let faults = failing;
  for (const index of failing.keys()) {
    for (const side of ['to', 'from'] as const) {
      const fault = faults[index] as T;
      const spare = fault.to - fault.from - shortest(fault);
      if (fault.to === fault.from || spare <= 0) continue;
      const changed = (time: number) => faults.map((other, at) => (at === index ? { ...other, [side]: time } : other));
      const limit = side === 'to' ? fault.to - spare : fault.from + spare;
      faults = changed(await findNearest(fault[side], limit, (time) => fails(changed(time))));
    }
  }
  return faults;
}

/** The time nearest to `limit`, coming from one at which it fails, at which it still does. */
async function findNearest(failing: number, limit: number, fails: (time: number) => Promise<boolean>): Promise<number> {
  if (await fails(limit)) return limit;
  let [kept, lost] = [failing, limit];
  while (Math.abs(kept - lost) > resolution) {
    const middle = Math.round((kept + lost) / 2 / grid) * grid;
    if (await fails(middle)) kept = middle;
    else lost = middle;
  }
  return kept;
}

/** By which faults are left, and their times. */
function keyOf(faults: readonly ShrinkableFault[]): string {
  return JSON.stringify(faults.map(({ name, from, to }) => [name, from, to]));
}
