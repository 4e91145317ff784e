import type { Duration } from '../duration.ts';
import { someTime } from './checks.ts';

/** How long a load waits for an answer, from sending to giving up, where it is not told. */
const usual: Duration = '5s';

/**
 * From sending an operation to giving up on it, in milliseconds.
 * @param given what the load was told; undefined for what is usual
 * @throws TypeError unless it is a time above 0
 */
export function requestTimeout(given: Duration | undefined, load: string): number {
  return someTime(given ?? usual, `${load}: timeout`);
}
