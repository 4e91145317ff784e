import type { App } from '../../stack/app/app.ts';
import { writeCall } from '../code.ts';
import { type MomentaryFault, momentary, throughProxy } from '../fault.ts';
import { resetOnFailure } from '../wire/wire.ts';
import { takeAppDown } from './app-down.ts';
import { isApp } from './app-subject.ts';
import { type Emptied, planEmptying } from './emptied.ts';
import { bringBack, type KillableService, requireKillable } from './server-down.ts';
import { readHold, type StartUp } from './start-up.ts';

/**
 * The server is stopped as an administrator would (clients get its farewell, such as Postgres' 57P01), the app as an
 * orchestrator would (SIGTERM, and SIGKILL after 5 s), and started again at the fault's end; `.at()` starts it again at
 * once. Healed when it is ready: a server by a direct probe, an app by its own `ready`.
 * @throws TypeError when it is neither a service that runs as a server of the stack nor the app, `startUp` is no
 *   duration, or what is to be emptied is no Redis
 */
export function restart(subject: KillableService | App, options: StartUp & Emptied = {}): MomentaryFault {
  const hold = readHold(options, 'restart()');
  const empty = planEmptying(subject, 'restart', options);
  if (isApp(subject)) return takeAppDown('restart', subject, hold, { end: () => subject.stop(), ended: 'stopped' });
  const service = requireKillable(subject, 'restart');
  return momentary({
    name: `restart(${service.name}${hold.said}${empty ? ', emptied' : ''})`,
    code: writeCall('restart', service.name, options),
    kind: 'restart',
    ...throughProxy(service, 200, (sighting) => sighting.kind === 'refused'),
    holds: ['wire', 'server'],
    async inject(signal, note) {
      await service.stop();
      // Only now: clients are to hear the farewell, and then find nobody listening.
      await resetOnFailure(service, service.proxy.disable());
      note('stopped');
      return { [Symbol.asyncDispose]: () => bringBack(service, note, () => hold.before(signal), empty) };
    },
  });
}
