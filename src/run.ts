import type { Experiment } from './experiment.ts';
import type { Recording } from './recording/recording.ts';
import type { Repeats } from './verdict/repeats.ts';

/** A plan that is carried out several times. */
export interface RepeatedExperiment extends Experiment {
  /** How often, a whole number from 1; each time with services in their clean state and the app started anew. */
  readonly repeat: number;
}

/** Carries out a plan against the app of this test, as the fixture `run` does. */
export interface Run {
  /**
   * Carries the plan out `repeat` times, each from a fresh start and with the same seed. Returns what the matchers take
   * in place of a recording. What the test made before is gone then: make it in `prepare`.
   * @throws TypeError when `repeat` is no whole number from 1
   */
  (plan: RepeatedExperiment): Promise<Repeats>;
  /** Carries it out once. */
  (plan: Experiment & { readonly repeat?: never }): Promise<Recording>;
}
