/** What a check of this machine came to. `missing` is something that the package cannot do without. */
export type Fitness = 'ok' | 'missing' | 'advice' | 'optional';

/** One line of the doctor's table. */
export interface Requirement {
  readonly name: string;
  readonly finding: Fitness;
  /** What was found, or looked for in vain. */
  readonly found: string;
  /** What to do about it; empty when nothing is to be done. */
  readonly remedy: string;
  /** Name of a program that a package manager can install to mend it. */
  readonly installable?: 'redis';
}

/** Can runs be made on this machine? */
export function isFit(requirements: readonly Requirement[]): boolean {
  return requirements.every((requirement) => requirement.finding !== 'missing');
}
