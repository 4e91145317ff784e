import { readable } from '../duration.ts';
import { randomFor } from '../random.ts';
import { type CatalogueEntry, type Chance, type Limits, limitsOf, type SeededChance } from './chance.ts';
import type { ScheduledFault } from './fault.ts';
import { collide } from './schedule.ts';

/** Times are drawn in steps of this many milliseconds, so that they are easy to read. */
const step = 100;

/** Minimum time (ms) between two faults that hold the same part of a service: the first takes a while to heal. */
const apart = 1_000;

/** Attempts to draw a schedule before the packed one is taken. */
const draws = 50;

/**
 * A schedule drawn at random. The same seed gives the same schedule:
 *
 * ```ts
 * const catalogue = [refuse(redis), crash(postgres)];
 * const faults = randomSchedule({ catalogue, between: ['2s', '20s'], faults: [1, 3], length: ['1s', '4s'], seed: 7 });
 * ```
 *
 * Faults that hold the same part of a service are at least a second apart; others may overlap.
 * @throws TypeError when an option is of another kind; RangeError when a time or a number is out of its range, a fault
 *   of the catalogue must last longer than `length` allows, or there is no room for the least number of faults. Except
 *   for the seed's own range, it does not depend on the seed whether it throws.
 */
export function randomSchedule(chance: SeededChance): ScheduledFault[] {
  return scheduleFrom(checkChance(chance, 'randomSchedule'), checkSeed(chance.seed, 'randomSchedule'));
}

/** A chance in numbers, with one schedule that fits. */
export interface CheckedChance extends Limits {
  readonly packed: readonly ScheduledFault[];
}

/** Checks a chance. @param subject begins the error messages @throws as {@link randomSchedule} does */
export function checkChance(chance: Chance, subject: string): CheckedChance {
  const limits = limitsOf(chance, subject);
  const { entries, between, faults } = limits;
  const packed = pack(entries, between, faults[0]);
  if (packed.length < faults[0]) {
    throw new RangeError(
      `${subject}: ${faults[0]} faults find no room between ${readable(between[0])} and ${readable(between[1])}: only ${packed.length} do, each at its shortest, because faults that hold the same part of a service are kept 1 s apart. Ask for fewer or shorter faults, or give them more time`,
    );
  }
  return { ...limits, packed };
}

/** Checks a seed. @throws RangeError unless it is a whole number of 32 bits */
export function checkSeed(seed: number, subject: string): number {
  if (Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32) return seed;
  throw new RangeError(`${subject}: seed must be a whole number from 0 to 4294967295; got ${String(seed)}`);
}

/** The schedule of a seed. */
export function scheduleFrom(chance: CheckedChance, seed: number): ScheduledFault[] {
  const { faults, packed } = chance;
  for (let draw = 0; draw < draws; draw++) {
    const random = randomFor(seed, draw);
    const drawn = drawSchedule(chance, drawWhole(faults, random), random);
    if (drawn.length >= faults[0]) return drawn;
  }
  return [...packed];
}

/** Draws fault after fault into the room that is left; fewer than `count` when there is no more room. */
function drawSchedule({ entries, between }: CheckedChance, count: number, random: () => number): ScheduledFault[] {
  const placed: ScheduledFault[] = [];
  for (let tries = 0; placed.length < count && tries < 4 * count; tries++) {
    const entry = entries[Math.floor(random() * entries.length)] as CatalogueEntry;
    const length = drawLength(entry, random);
    const free = listSteps([between[0], between[1] - length])
      .map((from) => scheduleEntry(entry, from, length))
      .filter((candidate) => placed.every((other) => goTogether(candidate, other)));
    const chosen = free[Math.floor(random() * free.length)];
    if (chosen) placed.push(chosen);
  }
  return sortByTime(placed);
}

function drawLength({ moment, lasts }: CatalogueEntry, random: () => number): number {
  if (!lasts || (moment && random() < 0.5)) return 0;
  const lengths = listSteps(lasts);
  return lengths[Math.floor(random() * lengths.length)] as number;
}

/** Packs `count` faults as closely as possible, each at its shortest; the one that ends first comes first. */
function pack(
  entries: readonly CatalogueEntry[],
  [begin, end]: readonly [number, number],
  count: number,
): ScheduledFault[] {
  const placed: ScheduledFault[] = [];
  while (placed.length < count) {
    const next = entries
      .flatMap((entry) => {
        const length = entry.moment ? 0 : (entry.lasts?.[0] ?? 0);
        const at = listSteps([begin, end - length])
          .map((from) => scheduleEntry(entry, from, length))
          .find((candidate) => placed.every((other) => goTogether(candidate, other)));
        return at ? [at] : [];
      })
      .toSorted((a, b) => a.to - b.to)[0];
    if (!next) break;
    placed.push(next);
  }
  return sortByTime(placed);
}

function goTogether(candidate: ScheduledFault, other: ScheduledFault): boolean {
  return !collide({ ...candidate, from: candidate.from - apart, to: candidate.to + apart }, other);
}

function scheduleEntry({ fault }: CatalogueEntry, from: number, length: number): ScheduledFault {
  return length === 0 && 'at' in fault ? fault.at(from) : fault.from(from).for(length);
}

function sortByTime(faults: readonly ScheduledFault[]): ScheduledFault[] {
  return faults.toSorted((a, b) => a.from - b.from || a.to - b.to);
}

function listSteps([first, last]: readonly [number, number]): number[] {
  const count = Math.floor((last - first) / step + 1e-9) + 1;
  return Array.from({ length: Math.max(0, count) }, (_, index) => first + index * step);
}

function drawWhole([least, most]: readonly [number, number], random: () => number): number {
  return least + Math.floor(random() * (most - least + 1));
}
