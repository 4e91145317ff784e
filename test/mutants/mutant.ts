import type { Defect } from '../../fixtures/ordering/defects.ts';

/** A defect of the reference app, and the breaking point that is there to reveal it. */
export interface Mutant {
  /** As in `ORDERING_DEFECTS`. */
  readonly defect: Defect;
  /** File of the suite, `test/<file>.test.ts`; its folder is the name of its Vitest project. */
  readonly file: string;
  /** How the title of the test begins; no other title of the file begins so. */
  readonly title: string;
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
