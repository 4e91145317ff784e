import { brokerMutants } from './matrix-broker.ts';
import { databaseMutants } from './matrix-database.ts';
import type { Mutant, Uncaught } from './mutant.ts';

/** Every defect with the test that has to fail on it. A defect may stand here more than once. */
export const matrix: readonly Mutant[] = [...databaseMutants, ...brokerMutants];

/** Defects that nothing catches yet. */
export const uncaught: readonly Uncaught[] = [];
