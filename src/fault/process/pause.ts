import type { App } from '../../stack/app/app.ts';
import type { Pausable, Service } from '../../stack/service.ts';
import { type Fault, type LastingFault, lasting, requireService, throughProxy } from '../fault.ts';
import { isApp, lookInProcessTable } from './app-subject.ts';

/** A service whose server can be paused. */
export type PausableService = Service & Pausable;

/**
 * Checks that a fault was given a service that can be paused.
 * @throws TypeError when the stack does not run its server
 */
export function requirePausable(service: PausableService, kind: string): PausableService {
  const { name, kind: got } = requireService(service, kind);
  if (typeof service.pause === 'function' && typeof service.resume === 'function') return service;
  throw new TypeError(
    `${kind}(${name}) needs a server that the stack runs, and ${name} (${got}) is not one: use stall(${name}), which looks the same to its clients`,
  );
}

/**
 * Stops every process of a server, or of the app (SIGSTOP; the engine's pause in containers), until the fault's end: as
 * when a virtual machine is moved, or a disk hangs. Connections stay open and the kernel accepts new ones, but there is
 * no answer. Nothing is lost.
 * @throws TypeError when the subject is neither a server of the stack nor the app
 */
export function pause(subject: PausableService | App): LastingFault {
  if (isApp(subject)) {
    return lasting({
      name: `pause(${subject.name})`,
      kind: 'pause',
      ...lookInProcessTable(subject, 'paused'),
      holds: ['process'],
      inject: () => holdStill(subject),
    });
  }
  const service = requirePausable(subject, 'pause');
  return lasting({
    name: `pause(${service.name})`,
    kind: 'pause',
    ...throughProxy(service, 300, (sighting) => sighting.kind === 'silent'),
    holds: ['wire', 'server'],
    inject: () => holdStill(service),
  });
}

async function holdStill(subject: Pausable): ReturnType<Fault['inject']> {
  try {
    await subject.pause();
  } catch (error) {
    // Some of its processes may be stopped already.
    await subject.resume();
    throw error;
  }
  return { [Symbol.asyncDispose]: () => subject.resume() };
}
