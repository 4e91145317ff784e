import { setTimeout as sleep } from 'node:timers/promises';

/**
 * What was promised, if it comes in time. What comes later is ignored.
 * @param limit milliseconds
 * @throws Error when it does not come in time
 */
export async function within<T>(limit: number, promised: Promise<T>): Promise<T> {
  const timer = new AbortController();
  const late = sleep(limit, undefined, timer).then(() => {
    throw new Error(`no answer within ${limit} ms`);
  });
  try {
    return await Promise.race([promised, late]);
  } finally {
    timer.abort();
  }
}
