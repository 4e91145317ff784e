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
 * Stops a server as an administrator would (clients get its farewell, such as 57P01 of Postgres), or the app as an
 * orchestrator would (SIGTERM, and SIGKILL after 5 s). It starts again at the fault's end; with `.at()` at once. It is
 * healed when it is ready: a server by a direct probe, an app by its own `ready`.
 * @throws TypeError when the subject is neither a server of the stack nor the app, `startUp` is not a duration, or
 *   `emptied` is given for another service than Redis
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
      // Only now: clients should hear the farewell first, and then be refused.
      await resetOnFailure(service, service.proxy.disable());
      note('stopped');
      return { [Symbol.asyncDispose]: () => bringBack(service, note, () => hold.before(signal), empty) };
    },
  });
}
