import type { Defect } from '../../fixtures/ordering/defects.ts';
import type { Profile } from '../../src/profile.ts';

/** The profiles that the matrix is run at. */
export const matrixProfiles = ['quick', 'full'] as const satisfies readonly Profile[];

export type MatrixProfile = (typeof matrixProfiles)[number];

/** A defect of the reference app, and the breaking point that is there to reveal it. */
export interface Mutant {
  /** As in `ORDERING_DEFECTS`. */
  readonly defect: Defect;
  /** File of the suite, `test/<file>.test.ts`; its folder is the name of its Vitest project. */
  readonly file: string;
  /** How the title of the test begins; no other title of the file begins so. */
  readonly title: string;
  /** `full` where only that has the scenario, or a run for every change has no time for it; `quick` unless set. */
  readonly profile?: MatrixProfile;
  /** The metric that the defect breaks. */
  readonly metric: string;
  /** What the judgement has to say about it. */
  readonly cause: RegExp;
}

/** A defect that no test reveals, with the reason. */
export interface Uncaught {
  readonly defect: Defect;
  readonly because: string;
}

/** The profile that a row is run at. */
export function profileOf({ profile = 'quick' }: Pick<Mutant, 'profile'>): MatrixProfile {
  return profile;
}
