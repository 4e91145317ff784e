import type { Case } from '../window/cases.ts';
import type { BinLook } from './bin-look.ts';

/** How much may go wrong after a recovery without undoing it. */
export interface RelapseRules {
  /** Good bins in a row that make a recovery. */
  readonly inARow: number;
  /** Share of the operations after the recovery that may fail in bad bins, from 0 to 1. */
  readonly errorShare: number;
  /** Milliseconds that the shortest fault lasted. */
  readonly faultLasted: number;
}

/** When a service was as well again as before, in milliseconds since zero. */
export interface Return {
  /** Start of the first good spell, whether it lasted or not; +Infinity without one. */
  readonly first: number;
  /** Start of the first good spell that was not followed by a relapse; +Infinity without one. */
  readonly at: number;
}

/** What counts as an outage: failure worth this many milliseconds, at least and at most. */
const [leastOutage, mostOutage] = [250, 2_000];
/** What counts as one long trouble of any kind, in milliseconds: a pause of a second happens to healthy services. */
const [leastTrouble, mostTrouble] = [2_000, 10_000];
/** Short troubles are added up over this many milliseconds, so that good operations long after them hide nothing. */
const memory = 20_000;
/** Share of that time that may be bad, and milliseconds of it. */
const [badShare, badTime] = [0.3, 3_000];

/**
 * A good spell that is long enough for a recovery: bins from `begin` to before `end`. What follows is one piece of
 * trouble, until the next spell.
 */
interface GoodSpell {
  readonly begin: number;
  readonly end: number;
}

/**
 * Finds the first good spell that is not followed by a relapse. What follows a spell, to the end of the run, is a
 * relapse if
 * - as much fails within 20 s as in an outage as long as the shortest fault (at least 0.25 s, at most 2 s); or as much
 *   in all, and more than `errorShare`; or
 * - one piece of trouble, of whatever kind, is as long as the shortest fault (at least 2 s, at most 10 s); it lasts
 *   until the next `inARow` good bins; or
 * - within 20 s more than 30 % of the time is bad, and 3 s or more; or
 * - the last `inARow` bins of the run are bad.
 *
 * @param bins from the healing on, in order
 */
export function findReturn(bins: readonly BinLook[], which: Case, rules: RelapseRules): Return {
  const spells = findSpells(bins, which, rules.inARow);
  const trouble = addUpTrouble(bins, which);
  const startOf = (spell: GoodSpell | undefined) => bins[spell?.begin ?? bins.length]?.from ?? Number.POSITIVE_INFINITY;
  const first = startOf(spells[0]);
  const endsBad = bins.length >= rules.inARow && bins.slice(-rules.inARow).every(({ good }) => !good[which]);
  if (endsBad) return { first, at: Number.POSITIVE_INFINITY };
  const longest = clamp(rules.faultLasted, leastTrouble, mostTrouble);
  const lastLong = spells.findLastIndex(
    ({ end }, index) => trouble.badIn(end, spells[index + 1]?.begin ?? bins.length) >= longest,
  );
  const lastDense = findLastDense(bins, trouble, rules);
  const lasting = spells.find(
    ({ begin }, index) => index > lastLong && begin > lastDense && !isRelapse(trouble, begin, bins.length, rules),
  );
  return { first, at: startOf(lasting) };
}

/** The last bin at which a whole stretch of 20 s begins in which too much goes wrong; -1 without one. */
function findLastDense(bins: readonly BinLook[], trouble: TroubleSums, rules: RelapseRules): number {
  let end = bins.length;
  for (let begin = bins.length - 1; begin >= 0; begin--) {
    while (end > begin && trouble.lengthOf(begin, end - 1) >= memory) end--;
    if (trouble.lengthOf(begin, end) >= memory && isDense(trouble, begin, end, rules)) return begin;
  }
  return -1;
}

/** Whether what follows a spell, between two bins, undoes the recovery as a whole. */
function isRelapse(trouble: TroubleSums, begin: number, end: number, rules: RelapseRules): boolean {
  const [length, failed] = [trouble.lengthOf(begin, end), trouble.failedIn(begin, end)];
  if (length < memory) return isDense(trouble, begin, end, rules);
  return failed >= chooseOutage(rules) && failed > rules.errorShare * length;
}

/** Whether too much goes wrong within 20 s or less. */
function isDense(trouble: TroubleSums, begin: number, end: number, rules: RelapseRules): boolean {
  const bad = trouble.badIn(begin, end);
  return (
    trouble.failedIn(begin, end) >= chooseOutage(rules) ||
    (bad >= badTime && bad > badShare * trouble.lengthOf(begin, end))
  );
}

/** Milliseconds of failure that are an outage. */
function chooseOutage({ faultLasted }: RelapseRules): number {
  // Sums of shares may lack a last digit.
  return clamp(faultLasted, leastOutage, mostOutage) - 1e-6;
}

function findSpells(bins: readonly BinLook[], which: Case, inARow: number): GoodSpell[] {
  const spells: GoodSpell[] = [];
  let begin = 0;
  for (let index = 0; index <= bins.length; index++) {
    if (bins[index]?.good[which]) continue;
    if (index - begin >= inARow) spells.push({ begin, end: index });
    begin = index + 1;
  }
  return spells;
}

/** Sums over the bins from one to before another, in milliseconds. */
interface TroubleSums {
  lengthOf(begin: number, end: number): number;
  /** Time of the bad bins. */
  badIn(begin: number, end: number): number;
  /** The same, each bin by the share of its operations that failed. */
  failedIn(begin: number, end: number): number;
}

function addUpTrouble(bins: readonly BinLook[], which: Case): TroubleSums {
  const [length, bad, failed] = [0, 1, 2].map(() => new Float64Array(bins.length + 1)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  for (const [n, { from, to, good, failed: share, isShown = true }] of bins.entries()) {
    const isBad = !good[which] && isShown;
    length[n + 1] = (length[n] as number) + to - from;
    bad[n + 1] = (bad[n] as number) + (isBad ? to - from : 0);
    failed[n + 1] = (failed[n] as number) + (isBad ? (share?.[which] ?? 0) * (to - from) : 0);
  }
  const between = (sums: Float64Array) => (begin: number, end: number) =>
    (sums[end] as number) - (sums[begin] as number);
  return { lengthOf: between(length), badIn: between(bad), failedIn: between(failed) };
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
