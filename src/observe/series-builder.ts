import type { Series } from '../recording/recording.ts';
import type { Counter, Fact, Reading, Share } from '../stack/observable.ts';

/** Last reading of a counter. */
interface Standing {
  readonly at: number;
  readonly counted: number;
  readonly of: number;
}

/** One quantity of the subject. */
interface SeriesLine {
  readonly unit: Series['unit'];
  readonly at: number[];
  readonly values: number[];
  standing: Standing | undefined;
}

/**
 * Makes the series of one subject out of its readings, in the order of time. A gauge is taken as it is. For a counter
 * the growth since its last reading is taken, so that nothing is lost while it cannot be read; its first reading gives
 * no value. A counter that began anew at zero (see {@link Reading.since}) has grown by what it shows; what it counted
 * between its last reading and its end is not known.
 */
export class SeriesBuilder {
  readonly #subject: string;
  readonly #lines = new Map<string, SeriesLine>();
  #since: string | undefined;

  constructor(subject: string) {
    this.#subject = subject;
  }

  /**
   * Adds what was read at an instant.
   * @param at milliseconds on the clock of `recording/clock.ts`, not before the instant of the call before
   * @param reading undefined when nothing could be read: every series has NaN there
   */
  add(at: number, reading: Reading | undefined): void {
    const anew = reading?.since !== undefined && this.#since !== undefined && reading.since !== this.#since;
    if (reading?.since !== undefined) this.#since = reading.since;
    const seen = new Set<string>();
    for (const fact of reading?.facts ?? []) {
      seen.add(fact.name);
      const line = this.#line(fact);
      if ('value' in fact) {
        push(line, at, fact.value);
        continue;
      }
      const standing = { at, counted: countOf(fact), of: 'of' in fact ? fact.of : 0 };
      // The first reading is only where the counting begins.
      if (line.standing) push(line, at, growth(fact, line.standing, standing, anew));
      if (!Number.isNaN(standing.counted)) line.standing = standing;
    }
    for (const [name, line] of this.#lines) {
      if (!seen.has(name)) push(line, at, Number.NaN);
    }
  }

  /** What was seen since an instant. Its times count from there. */
  series(zero: number): Series[] {
    return [...this.#lines].map(([name, { unit, at, values }]) => {
      const first = at.findIndex((instant) => instant >= zero);
      const from = first === -1 ? at.length : first;
      return {
        subject: this.#subject,
        name,
        unit,
        at: at.slice(from).map((instant) => instant - zero),
        values: values.slice(from),
      };
    });
  }

  #line(fact: Fact): SeriesLine {
    const known = this.#lines.get(fact.name);
    if (known) return known;
    const line: SeriesLine = { unit: unitOf(fact), at: [], values: [], standing: undefined };
    this.#lines.set(fact.name, line);
    return line;
  }
}

function push(line: SeriesLine, at: number, value: number): void {
  line.at.push(at);
  line.values.push(value);
}

function unitOf(fact: Fact): Series['unit'] {
  if ('value' in fact) return fact.unit;
  return 'of' in fact ? '%' : (fact.unit ?? '/s');
}

function countOf(fact: Counter | Share): number {
  return 'of' in fact ? fact.part : fact.counted;
}

/** In the unit of the fact. NaN over no time, and for a share of nothing. */
function growth(fact: Counter | Share, before: Standing, after: Standing, anew: boolean): number {
  const reset = anew || after.counted < before.counted || after.of < before.of;
  const grown = reset ? after.counted : after.counted - before.counted;
  if ('of' in fact) return 100 * ratio(grown, reset ? after.of : after.of - before.of);
  // Of the time in seconds, or in milliseconds as the counter's own.
  return (fact.unit === '%' ? 100 : 1_000) * ratio(grown, after.at - before.at);
}

function ratio(part: number, whole: number): number {
  return whole > 0 ? part / whole : Number.NaN;
}
