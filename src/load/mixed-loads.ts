import { setTimeout as sleep } from 'node:timers/promises';
import { greatest } from '../extremes.ts';
import { now } from '../recording/clock.ts';
import type { GeneratorFacts } from '../recording/recording.ts';
import { worstHealth } from './generator/health.ts';
import type { TimeSpans } from './generator/protocol.ts';
import type { Load, LoadResult, LoadTarget } from './load.ts';
import { mergeColumns } from './rows/merge-columns.ts';
import { findSharedKey } from './rows/shared-keys.ts';

/** A load of several, with the name that it goes by. */
export interface NamedLoad {
  readonly name: string;
  readonly load: Load;
}

/** What one of the loads left behind, and when its zero was on the common clock, in milliseconds. */
interface Finished {
  readonly name: string;
  readonly load: Load;
  readonly result: LoadResult;
  readonly shift: number;
}

/** Names that an operation has when it was given none: method and path. */
const nameless = /^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) \//;
/** Keeps the random numbers of the loads apart; the first has those that it would have alone. */
const apart = 0x9e3779b1;

/**
 * Several loads at once, each in a generator of its own, from one zero. Operations without a name of their own get that
 * of their load.
 * @param loads at least one
 */
export function combineLoads(loads: readonly NamedLoad[], { sharedKeys = false } = {}): Load {
  if (!sharedKeys) refuseSharedKeys(loads);
  const lengths = loads.map(({ load }) => (load.joins ? load.duration : undefined));
  const name = `mixed: ${loads.map(({ name, load }) => `${name} (${load.name})`).join(', ')}`;
  const widened = loads.flatMap(({ load }) => load.widen ?? []);
  return {
    name,
    ...(widened.length > 0 && { widen: greatest(widened) }),
    writtenKeys: (seed) => new Set(loads.flatMap(({ load }) => [...(load.writtenKeys?.(seed) ?? [])])),
    duration: lengths.includes(undefined) ? undefined : greatest(lengths as number[]),
    async run(target, signal) {
      const over = new AbortController();
      const start = new CommonStart(loads.filter(({ load }) => load.joins).length, target.onZero);
      const progress = loads.map(() => ({ operations: 0, errors: 0 }));
      const running = loads.map(async ({ name, load }, index): Promise<Finished> => {
        const stop = AbortSignal.any([signal, over.signal]);
        let zero = Number.NaN;
        const its: LoadTarget = {
          url: target.url,
          seed: (target.seed ^ Math.imul(index, apart)) >>> 0,
          onZero: (instant) => {
            zero = instant;
          },
          ...(target.track && { track: target.track }),
          onProgress: (news) => {
            progress[index] = news;
            target.onProgress({ operations: sum(progress, 'operations'), errors: sum(progress, 'errors') });
          },
        };
        try {
          if (!load.joins) await start.begun(stop);
          const result = await load.run(load.joins ? { ...its, zeroFor: start.zeroFor } : its, stop);
          return { name, load, result, shift: zero - (await start.zero) };
        } catch (error) {
          over.abort(error);
          throw error;
        }
      });
      const finished = await allOrFirstError(running, over.signal);
      return mergeResults(name, finished, sharedKeys);
    },
  };
}

/** Any seed will do: keys that are drawn come from the same ones with every seed. */
const anySeed = 1;

/**
 * @throws RangeError when two loads write the same key: what became of the one could not be told from what became of
 * the other
 */
function refuseSharedKeys(loads: readonly NamedLoad[]): void {
  const writers = new Map<string, string>();
  for (const { name, load } of loads) {
    for (const key of load.writtenKeys?.(anySeed) ?? []) {
      const other = writers.get(key) ?? name;
      if (other !== name) {
        throw new RangeError(
          `mixed: loads.${other} and loads.${name} both write the key '${key}', so that a lost write of the one could hide behind the other; give them keys that differ, such as '${name}-${key}', or sharedKeys: true if they write the same things`,
        );
      }
      writers.set(key, name);
    }
  }
}

/** The instant zero of several loads: when all that wait for it are ready, the latest that any of them needs. */
class CommonStart {
  readonly #waiting: number;
  readonly #zero = Promise.withResolvers<number>();
  readonly #earliest: number[] = [];
  readonly #onZero: (zero: number) => void;

  /** @param waiting how many loads ask for it; with none it is now */
  constructor(waiting: number, onZero: (zero: number) => void) {
    this.#waiting = waiting;
    this.#onZero = onZero;
    if (waiting === 0) this.#choose(now());
  }

  get zero(): Promise<number> {
    return this.#zero.promise;
  }

  readonly zeroFor = (earliest: number): Promise<number> => {
    this.#earliest.push(earliest);
    if (this.#earliest.length === this.#waiting) this.#choose(greatest(this.#earliest));
    return this.#zero.promise;
  };

  /** Waits until zero has passed. @throws the signal's reason when it aborts before */
  async begun(signal: AbortSignal): Promise<void> {
    const aborted = Promise.withResolvers<never>();
    const abort = () => aborted.reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    try {
      signal.throwIfAborted();
      const zero = await Promise.race([this.zero, aborted.promise]);
      // A timer may fire a moment too early.
      while (now() < zero) await Promise.race([sleep(Math.ceil(zero - now())), aborted.promise]);
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  #choose(zero: number): void {
    this.#onZero(zero);
    this.#zero.resolve(zero);
  }
}

/** Waits for all, also when one fails: nothing half-done remains. */
async function allOrFirstError<T>(running: readonly Promise<T>[], failed: AbortSignal): Promise<T[]> {
  const settled = await Promise.allSettled(running);
  return settled.map((one) => {
    if (one.status === 'fulfilled') return one.value;
    throw failed.reason ?? one.reason;
  });
}

/** @param mayShare the loads write the same things, so that a key of two of them is no surprise */
function mergeResults(name: string, finished: readonly Finished[], mayShare: boolean): LoadResult {
  const facts = finished.map(({ result }) => result.generator);
  const healths = facts.flatMap(({ health }) => health ?? []);
  const nameIn = (load: string, own: string) => (nameless.test(own) ? load : own);
  const losses = facts.flatMap(({ lossIs }) => lossIs ?? []);
  const columns = mergeColumns(
    finished.map(({ name, result, shift }) => ({
      columns: result.columns,
      shift,
      rename: (own) => nameIn(name, own),
    })),
  );
  const closed = finished.filter(({ result }) => result.generator.loop === 'closed');
  const closedNames = closed.flatMap(({ name, result }) => result.columns.names.map((own) => nameIn(name, own)));
  const parts = finished.map(({ name: part, result }) => ({ name: part, columns: result.columns }));
  const sharedKey = mayShare ? undefined : findSharedKey(parts);
  const spans = (of: (facts: GeneratorFacts) => TimeSpans | undefined): TimeSpans =>
    finished
      .flatMap(({ result, shift }) =>
        (of(result.generator) ?? []).map(([from, to]): [number, number] => [from + shift, to + shift]),
      )
      .toSorted((a, b) => a[0] - b[0]);
  return {
    columns,
    duration: greatest(finished.map(({ result, shift }) => result.duration + shift)),
    generator: {
      load: name,
      loop: loopOf(facts),
      offeredRate: offeredBy(finished),
      stalls: spans(({ stalls }) => stalls),
      catchingUp: spans(({ catchingUp }) => catchingUp),
      connections: undefined,
      ...(closed.length > 0 && {
        closedPart: {
          // A name that does two things has become two names.
          names: columns.names.filter((one) => closedNames.some((own) => one === own || one.startsWith(`${own} `))),
          until: Math.min(...closed.map(({ result, shift }) => result.duration + shift)),
        },
      }),
      ...(sharedKey && { sharedKey }),
      ...(losses.length > 0 && { lossIs: [...new Set(losses)] }),
      health: healths.length === 0 ? undefined : worstHealth(healths),
    },
  };
}

/**
 * What holds for one closed loop holds for all, for its operations are among them. Races alone are races; beside
 * arrivals they are part of an open load.
 */
function loopOf(facts: readonly GeneratorFacts[]): GeneratorFacts['loop'] {
  if (facts.some(({ loop }) => loop === 'closed')) return 'closed';
  return facts.every(({ loop }) => loop === 'race') ? 'race' : 'open';
}

/** The sum, where each offers one rate and all last equally long. */
function offeredBy(finished: readonly Finished[]): number | undefined {
  const lengths = new Set(finished.map(({ load }) => load.duration));
  const rates = finished.map(({ result }) => result.generator.offeredRate);
  if (lengths.size > 1 || rates.includes(undefined)) return undefined;
  return (rates as number[]).reduce((total, rate) => total + rate, 0);
}

function sum<Key extends string>(list: readonly Readonly<Record<Key, number>>[], key: Key): number {
  return list.reduce((total, item) => total + item[key], 0);
}
