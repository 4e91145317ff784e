import { type Duration, milliseconds, readable } from '../duration.ts';
import type { Fault, LastingFault, MomentaryFault } from './fault.ts';
import { shortestOf } from './schedule.ts';

/** Which faults may be drawn, when, how many and for how long. */
export interface Chance {
  /**
   * Faults without a time: `[refuse(redis), crash(postgres), latency(redis, '50ms')]`. A fault may be drawn twice.
   */
  readonly catalogue: readonly (LastingFault | MomentaryFault)[];
  /** The earliest begin and the latest end of a fault, on the clock of the load. */
  readonly between: readonly [from: Duration, to: Duration];
  /** The number of faults, or the least and the most of them. */
  readonly faults: number | readonly [least: number, most: number];
  /**
   * The shortest and the longest duration of a fault. A fault that must last longer to be seen is never drawn shorter
   * than that. One that may end at once (crash, restart) does so every other time.
   */
  readonly length: readonly [least: Duration, most: Duration];
}

/** A chance with the seed that its schedule is drawn from. */
export interface SeededChance extends Chance {
  /** A whole number from 0 to 4294967295. The same seed and the same catalogue give the same schedule. */
  readonly seed: number;
}

/** A fault of the catalogue, with the durations that it may have. */
export interface CatalogueEntry {
  readonly fault: LastingFault | MomentaryFault;
  /** Whether it may be healed as soon as it is in effect. */
  readonly moment: boolean;
  /** Whether it has a duration of its own, such as `flapping` with `times`. */
  readonly fixed: boolean;
  /** The shortest and the longest duration (ms); undefined when no duration is allowed. */
  readonly lasts: readonly [number, number] | undefined;
}

/** A chance in numbers. Times are milliseconds. */
export interface Limits {
  readonly entries: readonly CatalogueEntry[];
  readonly between: readonly [from: number, to: number];
  readonly faults: readonly [least: number, most: number];
}

/**
 * Checks a chance and turns it into numbers.
 * @param subject begins the error messages
 * @throws TypeError when an option is of another kind; RangeError when a time or a number is out of its range, or a
 *   fault needs a longer duration than is allowed
 */
export function limitsOf(chance: Chance, subject: string): Limits {
  const { catalogue } = chance;
  if (!Array.isArray(catalogue) || catalogue.length === 0) {
    throw new TypeError(`${subject}: catalogue must name one fault or more, such as [refuse(redis), crash(postgres)]`);
  }
  const between = timesOf(chance.between, `${subject}: between`, "['2s', '20s']");
  const [least, most] = timesOf(chance.length, `${subject}: length`, "['1s', '4s']");
  const faults = countsOf(chance.faults, subject);
  const length = [least, Math.min(most, between[1] - between[0])] as const;
  return { entries: catalogue.map((fault) => entryOf(fault, length, subject)), between, faults };
}

function entryOf(
  fault: LastingFault | MomentaryFault,
  [least, most]: readonly [number, number],
  subject: string,
): CatalogueEntry {
  if (typeof fault?.from !== 'function') {
    const seen = (fault as Partial<Fault> | undefined)?.name ?? JSON.stringify(fault) ?? 'undefined';
    throw new TypeError(
      `${subject}: catalogue must hold faults without a time, such as refuse(redis), because their times are drawn; got ${seen}`,
    );
  }
  const own = ownLength(fault);
  const shortest = own || Math.max(least, shortestOf(fault));
  const longest = own || most;
  const fits = shortest <= (own ? most : longest);
  if (!fits && own !== 0) {
    throw new RangeError(
      `${subject}: ${fault.name} must last at least ${readable(shortest)}${own ? ', as it says itself' : ' to be seen twice'}, and length and between allow at most ${readable(most)}: allow more, or leave the fault out`,
    );
  }
  return {
    fault,
    moment: own === 0,
    fixed: own !== undefined && own > 0,
    lasts: fits ? [shortest, longest] : undefined,
  };
}

/** The duration that a fault has of its own: 0 when it may end at once; undefined when its schedule says. */
function ownLength(fault: LastingFault | MomentaryFault): number | undefined {
  if (!('at' in fault)) return undefined;
  try {
    const { from, to } = fault.at(0);
    return to - from;
  } catch {
    // Flapping without times has no duration of its own.
    return undefined;
  }
}

function timesOf(range: readonly [Duration, Duration], subject: string, example: string): readonly [number, number] {
  if (!Array.isArray(range) || range.length !== 2) {
    throw new TypeError(
      `${subject} must be two times, such as ${example}; got ${JSON.stringify(range) ?? 'undefined'}`,
    );
  }
  const [from, to] = range.map((time) => milliseconds(time as Duration, subject)) as [number, number];
  if (to >= from) return [from, to];
  throw new RangeError(`${subject} must not end before it begins; got ${JSON.stringify(range)}`);
}

function countsOf(faults: Chance['faults'], subject: string): readonly [number, number] {
  const [least, most] = typeof faults === 'number' ? [faults, faults] : (faults ?? []);
  const whole = Number.isInteger(least) && Number.isInteger(most);
  if (whole && (least as number) >= 1 && (most as number) >= (least as number))
    return [least as number, most as number];
  throw new RangeError(
    `${subject}: faults must be a whole number from 1, or the least and the most of them, such as [1, 3]; got ${JSON.stringify(faults) ?? 'undefined'}`,
  );
}
