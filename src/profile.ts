/** How thorough a run is: `quick` for pull requests, `full` under ten minutes, `stress` at full outage lengths. */
export type Profile = 'quick' | 'full' | 'stress';

const profiles: readonly Profile[] = ['quick', 'full', 'stress'];

/**
 * The profile of this run, from `BREAKING_POINT_PROFILE`; `quick` unless set.
 * @throws RangeError on a name that is no profile
 */
export function currentProfile(environment: NodeJS.ProcessEnv = process.env): Profile {
  const name = environment.BREAKING_POINT_PROFILE || 'quick';
  const known = profiles.find((profile) => profile === name);
  if (known) return known;
  throw new RangeError(`BREAKING_POINT_PROFILE must be one of ${profiles.join(', ')}; got ${JSON.stringify(name)}`);
}

/** Picks by the profile of this run: `profile({ quick: '3s', full: '10s', stress: '30s' })`. */
export function profile<T>(choices: Readonly<Record<Profile, T>>): T {
  return choices[currentProfile()];
}
