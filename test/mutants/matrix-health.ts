import type { Mutant } from './mutant.ts';

/** Mistakes in what the service says of its own health. */
export const healthMutants: readonly Mutant[] = [
  {
    defect: 'ready-always',
    file: 'driver-failures/health',
    title: 'health, both stores away',
    metric: 'readiness',
    cause: /The app said ready from .*, while its work failed/,
  },
  {
    defect: 'live-needs-database',
    file: 'driver-failures/health',
    title: 'health, both stores away',
    metric: 'liveness',
    cause: /GET \/health did not say in time that the app lives from .*blackhole\(postgres\)/,
  },
];
