import type { App } from '../../stack/app/app.ts';
import { writeCall } from '../code.ts';
import { type MomentaryFault, momentary } from '../fault.ts';
import { lookInProcessTable } from './app-subject.ts';
import type { Hold } from './start-up.ts';

/**
 * A fault that ends the app and starts it again. It is healed when the app is ready, or when it is clear that the app
 * does not get ready; that counts as an exit of the app, and the run goes on. An app that had ended by itself before is
 * left as it is.
 * @param how `end` ends the app; `ended` names the instant after that
 */
export function takeAppDown(
  kind: string,
  app: App,
  hold: Hold,
  how: { readonly end: () => Promise<void>; readonly ended: string },
): MomentaryFault {
  return momentary({
    name: `${kind}(${app.name}${hold.said})`,
    code: writeCall(kind, app.name, hold.given),
    kind,
    ...lookInProcessTable(app, 'gone'),
    holds: ['process'],
    async inject(signal, note) {
      if (app.state === 'gone' || app.state === 'away') return { [Symbol.asyncDispose]: async () => undefined };
      await how.end();
      note(how.ended);
      return {
        async [Symbol.asyncDispose]() {
          note('start asked');
          await hold.before(signal);
          if (await app.start()) note('ready');
        },
      };
    },
  });
}
