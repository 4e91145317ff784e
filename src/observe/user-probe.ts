import type { Series } from '../recording/recording.ts';
import { AskedProbe, type Probe, type ProbeTimes } from './asked-probe.ts';
import { describeValue } from './describe-value.ts';

export type { Probe, ProbeContext } from './asked-probe.ts';

/** Probes by name; each becomes a series of the recording, of the subject `probe`. */
export type Probes = Readonly<Record<string, Probe>>;

/** The subject of the series that probes leave in a recording. */
const subject = 'probe';

const usual: ProbeTimes = { every: 250, limit: 2_000 };

/** Asks each of the user's probes about four times a second, one question of each at a time. */
export class UserProbes {
  readonly #probes: readonly AskedProbe[];

  private constructor(probes: readonly AskedProbe[]) {
    this.#probes = probes;
  }

  /**
   * Asks each once, and then on and on until {@link stop} or until the signal aborts. It holds nothing up for longer
   * than the time limit of one question.
   * @param times default: every 250 ms, and an answer may take 2 s
   * @throws Error when one throws, gives no number or does not answer in time now, before anything has gone wrong
   */
  static async begin(probes: Probes, signal: AbortSignal, times: ProbeTimes = usual): Promise<UserProbes> {
    const all = Object.entries(probes).map(([name, probe]) => new AskedProbe(name, probe, signal, times));
    const troubles = await Promise.all(all.map(async (probe) => ({ probe, trouble: await probe.ask() })));
    for (const { probe, trouble } of troubles) {
      if (!trouble) continue;
      const why = `run({ probe: { ${probe.name} } }) ${trouble.text}. It is asked before the load already, and must give a number then`;
      throw new Error(why, { cause: trouble.cause });
    }
    for (const probe of all) probe.goOn();
    return new UserProbes(all);
  }

  /** Asks no more, and gives up what was not answered yet. */
  stop(): void {
    for (const probe of this.#probes) probe.stop();
  }

  /** @param zero of the recording, on the clock of `recording/clock.ts`; what was seen before is left out */
  series(zero: number): Series[] {
    return this.#probes.map((probe) => {
      const samples = probe.samples.filter(({ at }) => at >= zero);
      return {
        subject,
        name: probe.name,
        unit: 'count',
        at: samples.map(({ at }) => at - zero),
        values: samples.map(({ value }) => value),
      };
    });
  }

  /** Why samples are missing: a sentence for each probe that lacks some. */
  get notes(): string[] {
    return this.#probes.flatMap(({ note }) => note ?? []);
  }
}

/**
 * Checks probes before anything starts.
 * @throws TypeError when they are not functions by name
 */
export function checkProbes(probes: unknown): void {
  const example =
    "such as { backlog: async () => Number((await postgres.query('select count(*) as n from outbox'))[0].n) }";
  if (typeof probes !== 'object' || probes === null || Array.isArray(probes)) {
    throw new TypeError(`run({ probe }) must be functions by name, ${example}; got ${describeValue(probes)}`);
  }
  for (const [name, probe] of Object.entries(probes)) {
    if (typeof probe === 'function') continue;
    throw new TypeError(`run({ probe: { ${name} } }) must be a function, ${example}; got ${describeValue(probe)}`);
  }
}
