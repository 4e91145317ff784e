/** A scenario of SPEC, section 1. A test whose title begins with `title` measures it. */
export interface Scenario {
  readonly title: string;
  readonly built: boolean;
}

/** Every scenario of the four systems. */
export const scenarios: readonly Scenario[] = [
  { title: 'webhook load, light', built: true },
  { title: 'webhook load, moderate', built: true },
  { title: 'webhook load, heavy', built: false },
  { title: 'webhook load, stress', built: false },
  { title: 'vendor race, light', built: true },
  { title: 'vendor race, moderate', built: true },
  { title: 'vendor race, heavy', built: false },
  { title: 'vendor race, stress', built: false },
  { title: 'redis failure, connection', built: true },
  { title: 'redis failure, timeout', built: false },
  { title: 'redis failure, slow', built: false },
  { title: 'redis failure, crash', built: true },
  { title: 'redis failure, recovery', built: false },
  { title: 'database restart, graceful', built: true },
  { title: 'database restart, crash', built: true },
  { title: 'database restart, pool', built: false },
  { title: 'database restart, slow', built: false },
  { title: 'database restart, cascade', built: false },
];

/**
 * A line for each scenario that none of these tests is about. Where all tests are about other things, such as another service,
 * the scenarios are beside the point: no lines then.
 * @param titles the tests' titles
 */
export function scenariosNotMeasured(titles: readonly string[]): string[] {
  const left = scenarios.filter((scenario) => !titles.some((title) => title.startsWith(scenario.title)));
  if (left.length === scenarios.length) return [];
  return left.map(({ title, built }) => `${title}: ${built ? 'not run' : 'not built yet'}`);
}
