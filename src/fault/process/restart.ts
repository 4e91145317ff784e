import type { App } from '../../stack/app/app.ts';
import { called } from '../code.ts';
import { type MomentaryFault, momentary, throughProxy } from '../fault.ts';
import { orReset } from '../wire/wire.ts';
import { appDown } from './app-down.ts';
import { isApp } from './app-subject.ts';
import { type Emptied, emptying } from './emptied.ts';
import { bringBack, type KillableService, killable } from './server-down.ts';
import { holdOf, type StartUp } from './start-up.ts';

/**
 * The server is stopped as an administrator would (clients get its farewell, such as Postgres' 57P01), the app as an orchestrator would
 * (SIGTERM, and SIGKILL after 5 s), and started again at the fault's end; `.at()` starts it again at once. Healed when it is ready: a server
 * by a direct probe, an app by its own `ready`.
 * @throws TypeError when it is neither a service that runs as a server of the stack nor the app, `startUp` is no duration,
 * or what is to be emptied is no Redis
 */
export function restart(subject: KillableService | App, options: StartUp & Emptied = {}): MomentaryFault {
  const hold = holdOf(options, 'restart()');
  const empty = emptying(subject, 'restart', options);
  if (isApp(subject)) return appDown('restart', subject, hold, { end: () => subject.stop(), ended: 'stopped' });
  const service = killable(subject, 'restart');
  return momentary({
    name: `restart(${service.name}${hold.said}${empty ? ', emptied' : ''})`,
    code: called('restart', service.name, options),
    kind: 'restart',
    ...throughProxy(service, 200, (sighting) => sighting.kind === 'refused'),
    holds: ['wire', 'server'],
    async inject(signal, note) {
      await service.stop();
      // Only now: clients are to hear the farewell, and then find nobody listening.
      await orReset(service, service.proxy.disable());
      note('stopped');
      return { [Symbol.asyncDispose]: () => bringBack(service, note, () => hold.before(signal), empty) };
    },
  });
}
