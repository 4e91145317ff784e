import type { Generator } from './generators.ts';
import type { OneRun } from './one-run.ts';

/** Runs by tool and rate, one for each round. */
export type Runs = Map<string, OneRun[]>;

/** Where the runs of a tool are found. @param rate undefined for a closed loop */
export function placeOf({ name }: Generator, rate: number | undefined): string {
  return `${name} ${rate ?? 'flat out'}`;
}
