import type { Killable, Service } from '../stack/service.ts';

/** A service whose process can be ended and started, and that can say when it serves again. */
export type KillableService = Service & Killable & { readyToServe(timeout: number): Promise<void> };

const startLimit = 60_000;
const pollEvery = 10;

/**
 * Starts a server that is down behind a disabled proxy, the way clients of a real one would see it: refused until it
 * listens, then connected even while it only says that it is starting up.
 * @param hold waited for before the process is started
 * @throws Error when it does not listen or is not ready within a minute
 */
export async function bringBack(
  service: KillableService,
  note: (instant: string) => void,
  hold: () => Promise<void> = async () => undefined,
): Promise<void> {
  note('start asked');
  await hold();
  await service.start();
  const deadline = performance.now() + startLimit;
  while ((await service.sight('direct', 1_000)).kind !== 'answered') {
    if (performance.now() > deadline) {
      throw new Error(
        `${service.name} (${service.kind}) was started again but did not listen within ${startLimit / 1_000} s`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, pollEvery));
  }
  note('listens');
  await service.proxy.enable();
  await service.readyToServe(startLimit);
  note('ready');
}
