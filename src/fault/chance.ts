import { type Duration, milliseconds, readable } from '../duration.ts';
import type { Fault, LastingFault, MomentaryFault } from './fault.ts';
import { shortestOf } from './schedule.ts';

/** What may happen, when, how often and for how long. */
export interface Chance {
  /**
   * Faults without a time: `[refuse(redis), crash(postgres), latency(redis, '50ms')]`. One may be drawn more than once.
   */
  readonly catalogue: readonly (LastingFault | MomentaryFault)[];
  /** From when to when there may be faults, on the clock of the load. */
  readonly between: readonly [from: Duration, to: Duration];
  /** How many, at least and at most; or exactly so many. */
  readonly faults: number | readonly [least: number, most: number];
  /**
   * How long a fault lasts, at least and at most. One that must last longer to be seen is never drawn shorter than
   * that. One that may be over as soon as it is in effect (crash, restart) is so every other time.
   */
  readonly length: readonly [least: Duration, most: Duration];
}

/** A schedule that is drawn from its seed. */
export interface SeededChance extends Chance {
  /** A whole number from 0 to 4294967295. The same seed and the same catalogue give the same schedule. */
  readonly seed: number;
}

/** A fault of the catalogue, with how long it may last. */
export interface CatalogueEntry {
  readonly fault: LastingFault | MomentaryFault;
  /** It may be over as soon as it is in effect. */
  readonly moment: boolean;
  /** Its length is its own, whatever is asked for. */
  readonly fixed: boolean;
  /** Milliseconds that it lasts at least and at most, where it lasts; undefined where it cannot. */
  readonly lasts: readonly [number, number] | undefined;
}

/** A chance in numbers: milliseconds, and how many. */
export interface Limits {
  readonly entries: readonly CatalogueEntry[];
  readonly between: readonly [from: number, to: number];
  readonly faults: readonly [least: number, most: number];
}

/**
 * @param subject begins the messages
 * @throws TypeError when an option is of another kind; RangeError when a time or a number is out of its range, or a
 *   fault must last longer than it may
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
      `${subject}: catalogue must hold faults without a time, such as refuse(redis), for the times are drawn; got ${seen}`,
    );
  }
  const own = ownLength(fault);
  const shortest = own || Math.max(least, shortestOf(fault));
  const longest = own || most;
  const fits = shortest <= (own ? most : longest);
  if (!fits && own !== 0) {
    throw new RangeError(
      `${subject}: ${fault.name} lasts ${readable(shortest)} at least, ${own ? 'by what it was given' : 'so that it can be seen twice'}, and length and between allow ${readable(most)} at most: allow more, or leave it out`,
    );
  }
  return {
    fault,
    moment: own === 0,
    fixed: own !== undefined && own > 0,
    lasts: fits ? [shortest, longest] : undefined,
  };
}

/** How long a fault lasts by itself: 0 where it may be over at once; undefined where its schedule says. */
function ownLength(fault: LastingFault | MomentaryFault): number | undefined {
  if (!('at' in fault)) return undefined;
  try {
    const { from, to } = fault.at(0);
    return to - from;
  } catch {
    // One that has no length of its own unless it is told so: flapping without times.
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
