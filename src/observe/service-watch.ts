import type { Series, StatementRecord } from '../recording/recording.ts';
import type { Observable, Reading } from '../stack/observable.ts';
import { SeriesBuilder } from './series-builder.ts';

/** Maximum time (ms) to wait for the last answers of a service. */
const lastWithin = 1_500;
/** Number of kinds of statements that a recording keeps of a service. */
const keptStatements = 10;

/** Asks one service again and again how it is doing. It never throws. */
export class ServiceWatch {
  readonly #name: string;
  readonly #service: Observable;
  readonly #clock: () => number;
  readonly #builder: SeriesBuilder;
  readonly #before: Promise<readonly StatementRecord[] | undefined>;
  #asking: Promise<void> | undefined;
  #asked = 0;
  #missed = 0;
  #why = '';

  constructor(name: string, service: Observable, clock: () => number) {
    this.#name = name;
    this.#service = service;
    this.#clock = clock;
    this.#builder = new SeriesBuilder(name);
    this.#before = this.#statements();
  }

  /** Resolves when the statements before the run are known, or after a time limit. */
  async whenBegun(): Promise<void> {
    await waitForLast(this.#before);
  }

  /** Asks without waiting. When the last answer is still missing, NaN is noted instead. */
  ask(): void {
    this.#asked++;
    if (this.#asking) {
      this.#miss('it did not answer in time');
      return;
    }
    this.#asking = this.#ask().finally(() => {
      this.#asking = undefined;
    });
  }

  /** Waits for the last answer, or for a time limit. */
  async end(): Promise<void> {
    await waitForLast(this.#asking);
  }

  /** @param zero on the clock that it was given */
  series(zero: number): Series[] {
    return this.#builder.series(zero);
  }

  /** What ran since the watch began, most time first. */
  async statements(): Promise<StatementRecord[]> {
    const [before, after] = [await waitForLast(this.#before), await waitForLast(this.#statements())];
    return subtractStatements(before ?? [], after ?? []).slice(0, keptStatements);
  }

  /** Why readings are missing; undefined when all are there. */
  get note(): string | undefined {
    if (this.#missed === 0) return undefined;
    return `${this.#name} could not be asked how it was doing ${this.#missed} of ${this.#asked} times (NaN in its series): ${this.#why}`;
  }

  async #ask(): Promise<void> {
    try {
      const reading: Reading = await this.#service.facts();
      this.#builder.add(this.#clock(), reading);
    } catch (error) {
      this.#miss(error instanceof Error ? error.message || error.name : String(error));
    }
  }

  #miss(why: string): void {
    this.#missed++;
    this.#why = why;
    this.#builder.add(this.#clock(), undefined);
  }

  async #statements(): Promise<readonly StatementRecord[] | undefined> {
    try {
      return await this.#service.statements?.();
    } catch {
      // The server is away. The series say so, instant by instant.
      return undefined;
    }
  }
}

/** What ran between two looks at the same counts, most time first. A count that became less began anew in between. */
export function subtractStatements(
  before: readonly StatementRecord[],
  after: readonly StatementRecord[],
): StatementRecord[] {
  const known = new Map(before.map((statement) => [statement.text, statement]));
  return after
    .map((statement) => {
      const earlier = known.get(statement.text);
      if (!earlier || earlier.calls > statement.calls) return statement;
      return { ...statement, calls: statement.calls - earlier.calls, total: statement.total - earlier.total };
    })
    .filter(({ calls }) => calls > 0)
    .sort((a, b) => b.total - a.total);
}

/** Waits for the work; resolves with undefined when it takes too long. */
async function waitForLast<T>(work: Promise<T> | undefined): Promise<T | undefined> {
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => late.resolve(undefined), lastWithin);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
