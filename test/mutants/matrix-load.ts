import type { Mutant } from './mutant.ts';

/** Mistakes that load alone shows. */
export const loadMutants: readonly Mutant[] = [
  {
    defect: 'blocking-hash',
    file: 'perf/webhook-load',
    title: 'webhook load, light',
    metric: 'RPS',
    cause: /ok answers in .*, from autocannon 10 connections/,
  },
];
