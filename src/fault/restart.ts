import { type MomentaryFault, momentary, suffering, throughProxy } from './fault.ts';
import { bringBack, type KillableService } from './server-down.ts';
import { orReset } from './wire.ts';

/**
 * The server is stopped as an administrator would (clients get its farewell, such as Postgres' 57P01) and started again at
 * the fault's end; `.at()` starts it again at once. Healed when it is ready by a direct probe.
 */
export function restart(service: KillableService): MomentaryFault {
  return momentary({
    name: `restart(${suffering(service, 'restart').name})`,
    kind: 'restart',
    ...throughProxy(service, 200, (sighting) => sighting.kind === 'refused'),
    holds: ['wire', 'server'],
    async inject(_signal, note) {
      await service.stop();
      // Only now: clients are to hear the farewell, and then find nobody listening.
      await orReset(service, service.proxy.disable());
      note('stopped');
      return { [Symbol.asyncDispose]: () => bringBack(service, note) };
    },
  });
}
