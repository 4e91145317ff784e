import type { App, AppState } from '../../stack/app/app.ts';
import type { Fault, Subject } from '../fault.ts';

/** One subject for each app: two faults have one subject if it is the same object. */
const subjects = new WeakMap<App, Subject>();

/** Whether a fault was given an app, and not a service. */
export function isApp(subject: unknown): subject is App {
  const { fetch, kill, resume } = Object(subject) as Partial<App>;
  return [fetch, kill, resume].every((method) => typeof method === 'function');
}

/** The app as the subject of faults. */
export function subjectOf(app: App): Subject {
  let subject = subjects.get(app);
  if (!subject) {
    const { name } = app;
    subject = { name, kind: 'app', connections: async () => (app.state === 'gone' || app.state === 'away' ? 0 : 1) };
    subjects.set(app, subject);
  }
  return subject;
}

/** A look at the process table. A question to the app would be one more request to it. */
export function lookInProcessTable(app: App, wanted: AppState): Pick<Fault, 'subject' | 'patience' | 'look'> {
  return {
    subject: subjectOf(app),
    patience: 0,
    async look() {
      const { state } = app;
      return { seen: state === wanted, detail: `the app's processes were ${words[state]}` };
    },
  };
}

const words: Readonly<Record<AppState, string>> = {
  runs: 'running',
  paused: 'stopped (SIGSTOP)',
  gone: 'gone',
  away: 'gone, to be started again',
};
