// Faults of a server's process or of the app's: crash, restart, pause, slow.
// Begin with crash.ts. A server is reached through Killable and Pausable; no runtime is imported.

import type { Killable, Service } from '../../stack/service.ts';
import { requireService } from '../fault.ts';

/** A service whose server can be ended and started, and that says when it serves again. */
export type KillableService = Service & Killable & { readyToServe(timeout: number): Promise<void> };

const startLimit = 60_000;
const pollEvery = 10;

/**
 * Checks that a fault was given a service that can be ended and started.
 * @throws TypeError when the stack does not run its server
 */
export function requireKillable(service: KillableService, kind: string): KillableService {
  const { name, kind: got } = requireService(service, kind);
  const parts: readonly (keyof KillableService)[] = ['kill', 'stop', 'start', 'readyToServe'];
  if (parts.every((part) => typeof service[part] === 'function')) return service;
  throw new TypeError(
    `${kind}(${name}) needs a server that the stack runs, and ${name} (${got}) is not one: use refuse(${name}), which looks the same to its clients`,
  );
}

/**
 * Starts a server that is down behind a disabled proxy. Clients see what they would see of a real one: refused until it
 * listens, then connected, even while it only answers that it is starting up.
 * @param hold waits before the process is started
 * @param change changes a server that is ready and that no client can reach yet
 * @throws Error when it does not listen or is not ready within a minute
 */
export async function bringBack(
  service: KillableService,
  note: (instant: string) => void,
  hold: () => Promise<void> = async () => undefined,
  change?: () => Promise<void>,
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
  if (change) {
    await service.readyToServe(startLimit);
    await change();
  }
  await service.proxy.enable();
  await service.readyToServe(startLimit);
  note('ready');
}
