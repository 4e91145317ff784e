import { onTestFinished } from 'vitest';
import { openStack, type ServiceDefinitions, type Stack } from '../../../dist/stack/stack.js';

/** Which runtime these tests are to run on; undefined leaves the choice to the stack. */
export const wanted = process.env.BREAKING_POINT_RUNTIME || undefined;

/** A stack that is closed after the test. */
export async function opened<D extends ServiceDefinitions>(services: D): Promise<Stack<D>> {
  const stack = await openStack({ services });
  onTestFinished(() => stack.close());
  return stack;
}

/** Asks again and again, at most ten seconds. @throws Error when it never came true */
export async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  for (const deadline = performance.now() + 10_000; performance.now() < deadline; ) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('it did not come true within 10 s');
}
