import { brokerMutants } from './matrix-broker.ts';
import { databaseMutants } from './matrix-database.ts';
import { healthMutants } from './matrix-health.ts';
import { loadMutants } from './matrix-load.ts';
import { systemMutants } from './matrix-systems.ts';
import type { Mutant, Uncaught } from './mutant.ts';

/** Every defect with the test that has to fail on it. A defect may stand here more than once. */
export const matrix: readonly Mutant[] = [
  ...databaseMutants,
  ...brokerMutants,
  ...healthMutants,
  ...loadMutants,
  ...systemMutants,
];

/** Defects that nothing catches yet. */
export const uncaught: readonly Uncaught[] = [];
