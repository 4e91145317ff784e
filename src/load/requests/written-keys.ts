import type { Request } from '../load.ts';
import { prepare } from './prepare.ts';

/** Requests of a load that are looked at. */
const most = 1_000;

/**
 * The keys that the first thousand requests of a load write. The look ends at a request that is wrong: the load tells
 * of it when it runs.
 * @param make request n
 */
export function writtenKeys(make: (n: number) => Request, count = most): ReadonlySet<string> {
  const keys = new Set<string>();
  try {
    for (let n = 0; n < Math.min(count, most); n++) {
      const { key, kind = 'write' } = prepare(make(n), 'request').labels;
      if (key !== undefined && kind === 'write') keys.add(key);
    }
  } catch {
    return keys;
  }
  return keys;
}
