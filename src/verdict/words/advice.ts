import { countErrors, isNewSinceFault } from '../../analysis/window/errors.ts';
import { categoryOf } from '../../recording/categories.ts';
import type { Recording, Window } from '../../recording/recording.ts';
import { suiteOf } from '../origin.ts';
import type { Remedy } from '../suite.ts';

/** What the most frequent category of a window's errors means. Empty when it says all by itself. */
export function meaningOf(window: Window): string {
  const category = countErrors(window).byCategory.keys().next().value;
  if (category === undefined) return '';
  if (blamesRequest(category) && isNewSinceFault(window, category)) {
    const faults = [...new Set(window.recording.faults.map(({ name }) => name))].join(' and ');
    return `${category}: new since ${faults}. Such requests were answered before it, so look at what the app makes of it: what it cannot look up is no 404, and what it cannot do is a 503.`;
  }
  if (/^[23]\d\d$/.test(category)) {
    return `${category}: ok by itself, but such requests were answered otherwise before the fault, so nobody knows whether they were shown what they asked for. If this answer is right, list it: okWhen: [200, ${category}].`;
  }
  const known = categoryOf(category)?.meaning;
  if (known) return `${category}: ${known}`;
  if (category.startsWith('5'))
    return `${category}: the app answered, with an error of its own; its log, beside the recording, may name the reason.`;
  if (category.startsWith('4'))
    return `${category}: the app turned the requests down; check what the request function sends.`;
  return '';
}

/** Whether a category is understood as a fault of the request, or of how it is sent. */
function blamesRequest(category: string): boolean {
  return category.startsWith('4') || categoryOf(category)?.by === 'request';
}

/** What a healthy service does in such a window, and what to try next. */
export function healthy(window: Window): string {
  const { faults } = window;
  if (faults.length === 0)
    return "Without any fault a healthy service answers every request: start with the app's log.";
  const { recording } = window;
  if (faults.every((fault) => window.from >= fault.healedAt)) return remedyOf(recording, 'recovery');
  const kinds = new Set(faults.map(({ serviceKind }) => serviceKind));
  return [
    kinds.has('redis') ? remedyOf(recording, 'redisOutage') : '',
    kinds.has('postgres') ? remedyOf(recording, 'databaseOutage') : '',
  ]
    .filter(Boolean)
    .join(' ');
}

/** What to do about something that failed: what the suite says, else what holds for most services. */
export function remedyOf(recording: Recording, topic: Remedy): string {
  return suiteOf(recording).remedies?.[topic] ?? remedies[topic];
}

/** What to do about a metric that is out of bounds, or about a witness. */
const remedies: Readonly<Record<Remedy, string>> = {
  rps: 'To try next: a larger connection pool, an index on every column that the path filters by, fewer statements per request; then look whether the app or the database has no CPU left.',
  latency:
    'To try next: an index on every column that your statements filter by; then waits for a connection of the pool, and the event-loop delay of the app.',
  oneWinner:
    'A healthy service lets the database decide, for example with CREATE UNIQUE INDEX ... ON what is raced for, or SELECT ... FOR UPDATE inside the transaction that writes; never a read followed by a write on its own.',
  noWinner:
    'A healthy service gives what is raced for to one of those who ask: look for attempts that were all turned down, cut off, or undone.',
  lost: 'A healthy service answers 2xx only after what it was sent is durable: commit to the database before the answer, and see that whatever is queued elsewhere survives the outage.',
  wrongReads:
    'A healthy service answers a read from where its acknowledged writes are: it invalidates or updates a cache when it writes, takes a miss or a failure of the cache for neither an answer nor a 404, and reads from a replica only what may be old.',
  duplicated:
    'A healthy service applies a request once however often it is sent or retried: record its id in the same transaction (INSERT ... ON CONFLICT DO NOTHING on a unique key) and apply only when the row was new.',
  backlog:
    'A healthy service drains what waited faster than new work comes, and takes no more than it can hold: to try next, more workers, larger batches, priorities so that what is fresh does not wait behind what is old, and an answer of 503 when the queue is full.',
  raceTime:
    'To try next: an index on what the raced-for row is found by; hold the row lock for one statement only; look for waits on the connection pool.',
  redisOutage:
    'A healthy service goes on without Redis: it queues in the database meanwhile and drains it afterwards, has a time-out on every Redis call, and a circuit breaker.',
  databaseOutage:
    "A healthy service stays up without Postgres: it handles the pool's 'error' event, has time-outs on connecting and on statements, and answers 503 at once when nothing can hold the request.",
  recovery:
    "A healthy service drops dead connections and tries anew by itself: handle the pool's and the client's error events, validate connections or reset the pool, and retry on a fresh one.",
};

/** The topics that have a remedy. */
export const remedyNames: readonly string[] = Object.keys(remedies);
