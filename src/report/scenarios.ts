import type { Profile } from '../profile.ts';
import type { Scenario } from '../verdict/suite.ts';

/**
 * A line for each scenario that none of these tests is about, and for each whose outage the profile shortens. No lines
 * where all tests are about other things, such as another service.
 * @param titles of the tests
 */
export function listScenariosNotMeasured(
  scenarios: readonly Scenario[],
  titles: readonly string[],
  profile: Profile,
): string[] {
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
