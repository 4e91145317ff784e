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
 * Kills every process of a server, or of the app (SIGKILL). Its connections are cut and new ones are refused. It stays
 * down until the fault's end and then starts again; with `.at()` it starts again at once. It is healed when it is
 * ready: a server by a direct probe, an app by its own `ready`.
 * @throws TypeError when the subject is neither a server of the stack nor the app, `startUp` is not a duration, or
 *   `emptied` is given for another service than Redis
 */
export function crash(subject: KillableService | App, options: StartUp & Emptied = {}): MomentaryFault {
  const hold = readHold(options, 'crash()');
  const empty = planEmptying(subject, 'crash', options);
  if (isApp(subject)) return takeAppDown('crash', subject, hold, { end: () => subject.kill(), ended: 'killed' });
  const service = requireKillable(subject, 'crash');
  return momentary({
    name: `crash(${service.name}${hold.said}${empty ? ', emptied' : ''})`,
    code: writeCall('crash', service.name, options),
    kind: 'crash',
    ...throughProxy(service, 200, (sighting) => sighting.kind === 'refused'),
    holds: ['wire', 'server'],
    async inject(signal, note) {
      // Both at once: a proxy whose upstream is dead would accept and then close. A dead server does not.
      await resetOnFailure(service, Promise.all([service.proxy.disable(), service.kill()]));
      note('killed');
      return { [Symbol.asyncDispose]: () => bringBack(service, note, () => hold.before(signal), empty) };
    },
  });
}
