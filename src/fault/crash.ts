import { type MomentaryFault, momentary, suffering, throughProxy } from './fault.ts';
import { bringBack, type KillableService } from './server-down.ts';
import { orReset } from './wire.ts';

/**
 * Every process of the server is killed (SIGKILL), its connections are cut and new ones refused; it stays down until the
 * fault's end and then starts again. `.at()` starts it again at once. Healed when it is ready by a direct probe.
 */
export function crash(service: KillableService): MomentaryFault {
  return momentary({
    name: `crash(${suffering(service, 'crash').name})`,
    kind: 'crash',
    ...throughProxy(service, 200, (sighting) => sighting.kind === 'refused'),
    holds: ['wire', 'server'],
    async inject(_signal, note) {
      // Both at once: a proxy whose upstream is dead would accept and then close, which no dead server does.
      await orReset(service, Promise.all([service.proxy.disable(), service.kill()]));
      note('killed');
      return { [Symbol.asyncDispose]: () => bringBack(service, note) };
    },
  });
}
