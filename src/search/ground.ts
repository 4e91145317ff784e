import type { BreakingPoint } from '../verdict/breaking-point.ts';
import type { Exploration } from '../verdict/exploration.ts';

/** What is put back to its clean state: the services and the app, or the app alone. */
export type Reset = 'all' | 'app';

/** What a search has of the test around it, where that has the fixture `run`. */
export interface TrialGround {
  /** Seed of the test, which its runs draw their requests from; undefined where it has none. */
  readonly seed?: number;
  /** Services in their clean state, where asked for, and the app started anew, at the same addresses. */
  reset(what: Reset): Promise<void>;
  /** A trial begins: the runs that follow are its own, named so. @param title `trial 5: 400/s` */
  beginTrial(title: string): void;
  /** The trial is over; runs after it are the test's own again. */
  endTrial(): void;
  /**
   * Takes what was found into the report.
   * @param judged false where the test only looks at it
   */
  report(found: BreakingPoint | Exploration, judged?: boolean): void;
}

/** One for all copies of this package that a test may hold. */
const slot = Symbol.for('breaking-point.trial-ground');
const places = globalThis as { [slot]?: TrialGround | undefined };

/** The ground of the test that runs; undefined where it has none. */
export function trialGround(): TrialGround | undefined {
  return places[slot];
}

/** Offers a test's ground to searches. @returns takes it back */
export function offerGround(ground: TrialGround): () => void {
  places[slot] = ground;
  return () => {
    if (places[slot] === ground) places[slot] = undefined;
  };
}
