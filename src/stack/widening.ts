import type { Service } from './service.ts';

/** A service that can spread in time what its clients do, so that what happens side by side meets in the wrong order more often. */
export interface Widening {
  /**
   * Lets what writes wait a random time. Disposing ends it.
   * @param upTo the longest that anything waits, in milliseconds
   */
  widen(upTo: number, seed: number): Promise<AsyncDisposable>;
}

/**
 * Those of the services that can be widened.
 * @throws TypeError when there is none
 */
export function widenable(services: readonly Service[]): Widening[] {
  const widenings = services.flatMap((service) =>
    'wire' in service && service.wire ? [service.wire as Widening] : [],
  );
  if (widenings.length > 0) return widenings;
  throw new TypeError(
    'race({ widen }): no service of this test can delay a statement; make one with postgres({ statements: true })',
  );
}

/** Does some work while services are widened; ends that whatever comes of it. */
export async function widenedWhile<T>(
  widenings: readonly Widening[],
  { upTo, seed }: { readonly upTo: number; readonly seed: number },
  work: () => Promise<T>,
): Promise<T> {
  const begun: AsyncDisposable[] = [];
  try {
    for (const widening of widenings) begun.push(await widening.widen(upTo, seed));
    return await work();
  } finally {
    await Promise.all(begun.map((one) => one[Symbol.asyncDispose]()));
  }
}
