import { currentProfile, type Profile } from 'breaking-point';

/** One scenario of a system, and the profiles that run it. */
export interface Scenario {
  /** As in the test's title, behind the name of the system. */
  readonly scenario: string;
  readonly profiles: readonly Profile[];
}

/** The scenarios of this run's profile. Any other is not declared: a skipped test would look like one that could have run. */
export function ofThisProfile<S extends Scenario>(scenarios: readonly S[]): readonly S[] {
  const profile = currentProfile();
  return scenarios.filter(({ profiles }) => profiles.includes(profile));
}
