import type { RecordingData } from '../recording/recording.ts';
import type { App } from '../stack/app/app.ts';
import { AppExits } from './app-exits.ts';
import { HealthPoller } from './health-poller.ts';
import { type Observation, type Observed, Observer } from './observer.ts';
import { type Probes, UserProbes } from './user-probe.ts';

/** Whom to watch: one app, and what is beside it. */
export interface Watched extends Omit<Observed, 'apps'> {
  readonly app: App;
  /** Probes of the test. */
  readonly probes: Probes;
}

/** What was seen beside the load. */
export type Sightings = Required<Pick<RecordingData, 'exits' | 'polls' | 'series' | 'statements' | 'notes'>>;

/** Looks on beside a load: at machine, services, health and exits of the app, and through the probes of the test. */
export class Watch {
  readonly #observer: Observer;
  readonly #health: HealthPoller;
  readonly #exits: AppExits;
  readonly #probes: UserProbes;
  #observation: Promise<Observation> | undefined;

  /** Begins to look. When the signal aborts, all of it ends. */
  static async begin({ app, probes, ...others }: Watched, signal: AbortSignal): Promise<Watch> {
    const own = await UserProbes.begin(probes, signal);
    const exits = new AppExits(app);
    signal.addEventListener('abort', () => exits.stop(), { once: true });
    return new Watch(await Observer.begin({ apps: [app], ...others }), new HealthPoller(app), exits, own);
  }

  private constructor(observer: Observer, health: HealthPoller, exits: AppExits, probes: UserProbes) {
    this.#observer = observer;
    this.#health = health;
    this.#exits = exits;
    this.#probes = probes;
  }

  /** The load is over: only exits and the test's probes are still looked at, while the final state settles. */
  endLoad(): void {
    this.#observer.stop();
    this.#health.stop();
  }

  /**
   * Takes stock of the load: what was seen until {@link endLoad}.
   * @param zero zero of the load on the clock of `recording/clock.ts`
   */
  async takeStock(zero: number): Promise<void> {
    this.#observation = this.#observer.finish(zero);
    await this.#observation;
  }

  /** Ends, and tells all that was seen, in milliseconds since `zero`. */
  async end(zero: number): Promise<Sightings> {
    this.#exits.stop();
    this.#probes.stop();
    const seen = await (this.#observation ?? this.#observer.finish(zero));
    return {
      ...seen,
      exits: this.#exits.since(zero),
      polls: this.#health.since(zero),
      series: [...seen.series, ...this.#probes.series(zero)],
      notes: [...(seen.notes ?? []), ...this.#probes.notes],
    };
  }
}
