import type { Service } from './service.ts';

/**
 * A service that can delay what its clients write, so that what happens side by side meets in the wrong order more
 * often.
 */
export type WidenableService = Service & Required<Pick<Service, 'widen'>>;

/**
 * Picks the services that can be widened.
 * @throws TypeError when there is none
 */
export function widenable(services: readonly Service[]): WidenableService[] {
  const able = services.filter((service): service is WidenableService => service.widen !== undefined);
  if (able.length > 0) return able;
  throw new TypeError(
    'race({ widen }): no service of this test can delay a statement; make one with postgres({ statements: true })',
  );
}

/** Does some work while services are widened; ends the widening when the work succeeds or fails. */
export async function widenWhile<T>(
  services: readonly WidenableService[],
  { upTo, seed }: { readonly upTo: number; readonly seed: number },
  work: () => Promise<T>,
): Promise<T> {
  const begun: AsyncDisposable[] = [];
  try {
    for (const service of services) begun.push(await service.widen(upTo, seed));
    return await work();
  } finally {
    await Promise.all(begun.map((one) => one[Symbol.asyncDispose]()));
  }
}
