import { checkBounds } from './metrics/meet.ts';
import { metrics } from './metrics/metrics.ts';
import { targets } from './metrics/targets.ts';
import type { Suite, SuiteScope } from './suite.ts';
import { remedyNames } from './words/advice.ts';

const options: readonly (keyof Suite)[] = ['scenarios', 'notMeasured', 'remedies', 'grades', 'targets'];

/**
 * Refuses what no suite has, before anything starts.
 * @throws TypeError naming it
 */
export function checkSuite(suite: Suite): void {
  const stranger = Object.keys(suite).find((key) => !options.includes(key as keyof Suite));
  if (stranger !== undefined) {
    throw new TypeError(`resilience({ suite }): there is no '${stranger}'; these are: ${options.join(', ')}`);
  }
  refuseStrangers('remedies', suite.remedies, remedyNames);
  refuseStrangers('targets', suite.targets, Object.keys(targets));
  refuseStrangers(
    'grades',
    suite.grades,
    metrics.map(({ name }) => name),
  );
  for (const [name, bounds] of Object.entries(suite.targets ?? {}))
    checkBounds(bounds, `resilience({ suite }): targets.${name}`);
  for (const [metric, steps] of Object.entries(suite.grades ?? {})) {
    const complete = Array.isArray(steps) && steps.length > 0 && steps.at(-1)?.below === undefined;
    if (!complete) {
      throw new TypeError(
        `resilience({ suite }): grades.${metric} must be steps from the smallest value up, the last of them without below, such as [{ below: 500, grade: 'good', action: null }, { grade: 'critical', action: 'act now' }]`,
      );
    }
  }
}

/** @throws TypeError when a part of a suite has a name that the package does not know, which would never be used */
function refuseStrangers(part: keyof Suite, given: object | undefined, known: readonly string[]): void {
  const stranger = Object.keys(given ?? {}).find((name) => !known.includes(name));
  if (stranger === undefined) return;
  throw new TypeError(`resilience({ suite }): ${part} has no '${stranger}'; these are: ${known.join(', ')}`);
}

/** What a report is told of a suite. */
export function scopeOf({ scenarios = [], notMeasured = [] }: Suite): SuiteScope {
  return { scenarios, notMeasured };
}
