import type { LedgerEntry } from '../analysis/ledger.ts';
import { readable } from '../duration.ts';
import type { Recording } from '../recording/recording.ts';

/** Up to five keys, each with when it was due and under which fault: `SM12 (at 5.2 s, during refuse(redis))`. */
export function entriesText(entries: readonly LedgerEntry[]): string {
  const shown = entries.slice(0, 5).map(({ key, at, fault, times }) => {
    const often = times > 1 ? `, applied ${times} times` : '';
    const when = at < 0 ? 'in the warm-up' : `at ${readable(at)}`;
    return `${key} (${when}${fault ? `, during ${fault}` : ''}${often})`;
  });
  const more = entries.length - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${more.toLocaleString('en-US')} more` : shown.join(', ');
}

/** The doubt when no final state was read. */
export function unread(what: string): string {
  return `No final state was read, so nobody knows ${what}: pass finalState to run(), for example finalState: () => postgres.query('select message_sid as key from orders').`;
}

/** The doubt when no operation carried a key. */
export const noKeys =
  'No operation that was sent carried a key, so the final state cannot be compared: let request() return a key, for example the message id.';

/** The doubt when the final state still moved. */
export function notSettled(recording: Recording): string {
  const time = readable(recording.finalState?.settleTime ?? 0);
  return `The final state was still changing ${time} after the first look, so work may be under way yet: raise settle in run(), or find out why the app does not come to rest.`;
}
