import type { OperationKind } from '../../recording/columns.ts';
import { comparable } from '../../recording/equality.ts';

/** A write that was, or may be, applied between its start and its end. */
export interface Write {
  readonly kind: OperationKind;
  /** What it makes of the key; undefined where it does not say. */
  readonly value: string | undefined;
  readonly startedAt: number;
  /** When it was acknowledged; Infinity for one that never was, and may be applied at any time. */
  readonly endedAt: number;
}

/**
 * The writes of one key. Answers in logarithmic time which of them a read may have met. All are added before the first
 * question.
 */
export class WritesOfKey {
  readonly #writes: Write[] = [];
  #acknowledged: Acknowledged | undefined;
  #byEffect: Map<string, Latest> | undefined;

  add(write: Write): void {
    this.#writes.push(write);
  }

  /** The write that was acknowledged last before the instant. */
  acknowledgedBefore(instant: number): { kind: OperationKind; value: string | undefined; at: number } | undefined {
    const write = this.#acks.lastBefore(instant);
    return write && { kind: write.kind, value: write.value, at: write.endedAt };
  }

  /** Whether some write that may be in effect left what a read saw, which was under way from start to end. */
  explain(read: { readonly value: string | undefined; readonly startedAt: number; readonly endedAt: number }): boolean {
    // A write that ended before this instant was overwritten: a later write began after it, and was acknowledged before
    // the read.
    const since = this.#acks.latestStartBefore(read.startedAt);
    return findPossibleEffects(read.value).some((effect) => {
      const end = this.#effects.get(effect)?.latestEndOfThoseBegunBy(read.endedAt);
      return end !== undefined && end >= since;
    });
  }

  get #acks(): Acknowledged {
    this.#acknowledged ??= new Acknowledged(this.#writes.filter(({ endedAt }) => endedAt < Number.POSITIVE_INFINITY));
    return this.#acknowledged;
  }

  get #effects(): Map<string, Latest> {
    this.#byEffect ??= new Map(
      [...Map.groupBy(this.#writes, effectOf)].map(([effect, writes]): [string, Latest] => [
        effect,
        new Latest(writes),
      ]),
    );
    return this.#byEffect;
  }
}

const gone = 'gone';
const anything = 'anything';

/** What a write leaves, as one text. */
function effectOf({ kind, value }: Write): string {
  if (kind === 'remove') return gone;
  return value === undefined ? anything : `=${comparable(value)}`;
}

/** What writes may have left where this was seen. */
function findPossibleEffects(seen: string | undefined): readonly string[] {
  return seen === undefined ? [gone] : [`=${comparable(seen)}`, anything];
}

/** Acknowledged writes by the instant of their acknowledgement. */
class Acknowledged {
  readonly #writes: readonly Write[];
  /** The latest start of each write and those before it. */
  readonly #latestStart: Float64Array;

  constructor(writes: readonly Write[]) {
    this.#writes = writes.toSorted((one, other) => one.endedAt - other.endedAt);
    this.#latestStart = accumulateHighest(this.#writes.map(({ startedAt }) => startedAt));
  }

  lastBefore(instant: number): Write | undefined {
    return this.#writes[this.#countBefore(instant) - 1];
  }

  latestStartBefore(instant: number): number {
    return this.#latestStart[this.#countBefore(instant) - 1] ?? Number.NEGATIVE_INFINITY;
  }

  #countBefore(instant: number): number {
    return countWhile(this.#writes, ({ endedAt }) => endedAt < instant);
  }
}

/** Writes of one effect by their start. */
class Latest {
  readonly #writes: readonly Write[];
  /** The latest end of each write and those before it. */
  readonly #latestEnd: Float64Array;

  constructor(writes: readonly Write[]) {
    this.#writes = writes.toSorted((one, other) => one.startedAt - other.startedAt);
    this.#latestEnd = accumulateHighest(this.#writes.map(({ endedAt }) => endedAt));
  }

  latestEndOfThoseBegunBy(instant: number): number | undefined {
    return this.#latestEnd[countWhile(this.#writes, ({ startedAt }) => startedAt <= instant) - 1];
  }
}

function accumulateHighest(values: readonly number[]): Float64Array {
  let highest = Number.NEGATIVE_INFINITY;
  return Float64Array.from(values, (value) => {
    highest = Math.max(highest, value);
    return highest;
  });
}

/** How many at the beginning of an ordered list are so: those that are come first. */
function countWhile<T>(list: readonly T[], isSo: (item: T) => boolean): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isSo(list[middle] as T)) low = middle + 1;
    else high = middle;
  }
  return low;
}
