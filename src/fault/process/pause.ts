import type { App } from '../../stack/app/app.ts';
import type { Pausable, Service } from '../../stack/service.ts';
import { type Fault, type LastingFault, lasting, requireService, throughProxy } from '../fault.ts';
import { isApp, lookInProcessTable } from './app-subject.ts';

/** A service whose server can be held still. */
export type PausableService = Service & Pausable;

/** The service that a fault holds still. @throws TypeError when it is none, or the stack does not run its server */
export function requirePausable(service: PausableService, kind: string): PausableService {
  const { name, kind: got } = requireService(service, kind);
  if (typeof service.pause === 'function' && typeof service.resume === 'function') return service;
  throw new TypeError(
    `${kind}(${name}) needs a server that the stack runs, and ${name} (${got}) is not one: use stall(${name}), which is what its clients see of it`,
  );
}

/**
 * Every process of the server, or of the app, is stopped (SIGSTOP; the engine's pause in containers) and goes on at the
 * fault's end, as when a virtual machine is moved, or a disk hangs. Connections stay open and new ones are accepted by
 * the kernel, but nobody answers; nothing is lost.
 * @throws TypeError when it is neither a service that runs as a server of the stack nor the app
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
    // Some of it may stand still already.
    await subject.resume();
    throw error;
  }
  return { [Symbol.asyncDispose]: () => subject.resume() };
}
