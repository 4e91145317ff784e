import type { Profile } from '../profile.ts';

/** A scenario of SPEC, section 1. A test whose title begins with `title` measures it. */
export interface Scenario {
  readonly title: string;
  /** Seconds that the outage, its way back included where SPEC says so, is meant to last, as it does in the profile `stress`; others shorten it. */
  readonly outage?: number;
}

/** Every scenario of the four systems. */
export const scenarios: readonly Scenario[] = [
  { title: 'webhook load, light' },
  { title: 'webhook load, moderate' },
  { title: 'webhook load, heavy' },
  { title: 'webhook load, stress' },
  { title: 'vendor race, light' },
  { title: 'vendor race, moderate' },
  { title: 'vendor race, heavy' },
  { title: 'vendor race, stress' },
  { title: 'redis failure, connection', outage: 30 },
  { title: 'redis failure, timeout', outage: 60 },
  { title: 'redis failure, slow', outage: 45 },
  { title: 'redis failure, crash', outage: 60 },
  { title: 'redis failure, recovery', outage: 120 },
  { title: 'database restart, graceful' },
  { title: 'database restart, crash' },
  { title: 'database restart, pool' },
  { title: 'database restart, slow' },
  { title: 'database restart, cascade' },
];

/**
 * A line for each scenario that none of these tests is about, and for each whose outage the profile shortens. Where all tests are about
 * other things, such as another service, the scenarios are beside the point: no lines then.
 * @param titles the tests' titles
 */
export function scenariosNotMeasured(titles: readonly string[], profile: Profile): string[] {
  const isMeasured = ({ title }: Scenario): boolean => titles.some((measured) => measured.startsWith(title));
  const measured = scenarios.filter(isMeasured);
  if (measured.length === 0) return [];
  const notRun = scenarios.filter((scenario) => !measured.includes(scenario)).map(({ title }) => `${title}: not run`);
  const shortened = measured.flatMap(({ title, outage }) =>
    outage === undefined || profile === 'stress'
      ? []
      : [`${title}: what shows only at its full length of ${outage} s (profile stress)`],
  );
  return [...notRun, ...shortened];
}
