import type { Ledger, LedgerEntry } from '../../analysis/keys/ledger.ts';
import { readable } from '../../duration.ts';
import type { Recording } from '../../recording/recording.ts';
import { counted } from './evidence.ts';

/**
 * Some keys, each with its time and fault: `SM12 (acknowledged at 5.2 s, during refuse(redis))`. A key that was never
 * acknowledged has the time when it was sent.
 * @param all how many there are, of which `entries` may be the first
 */
export function entriesText(entries: readonly LedgerEntry[], most = mostNamed, all = entries.length): string {
  const shown = entries.slice(0, most).map((entry) => {
    const { key, times, attempts } = entry;
    const often = times > 1 ? `applied ${times} times, sent ${attempts === 1 ? 'once' : `${attempts} times`}; ` : '';
    return `${key} (${often}${toldText(entry)}${faultText(entry)})`;
  });
  const more = all - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${more.toLocaleString('en-US')} more` : shown.join(', ');
}

/** Keys that are named. */
const mostNamed = 3;

/**
 * How many of many keys fell before, into and after which fault: ` (375 during refuse(redis), 1 before refuse(redis))`.
 * Empty where all are named.
 */
export function whenText(entries: readonly LedgerEntry[]): string {
  if (entries.length <= mostNamed) return '';
  const counts = new Map<string, number>();
  for (const { fault, nearest } of entries) {
    if (!fault && !nearest) return '';
    const when = fault ? `during ${fault}` : `${(nearest?.by ?? 0) < 0 ? 'before' : 'after'} ${nearest?.name}`;
    counts.set(when, (counts.get(when) ?? 0) + 1);
  }
  const each = [...counts].map(
    ([when, count]) => `${counts.size === 1 ? 'all' : count.toLocaleString('en-US')} ${when}`,
  );
  return ` (${each.join(', ')})`;
}

/** What the app said of a key, and when. */
function toldText({ outcome, at, endedAt }: LedgerEntry): string {
  if (outcome === 'ok') return `acknowledged ${instantText(endedAt)}`;
  return `sent ${instantText(at)}, ${outcome === 'failed' ? 'answered as failed' : 'outcome unknown'}`;
}

/** Under which fault that was; else how far from the nearest. */
export function faultText({ fault, nearest }: Pick<LedgerEntry, 'fault' | 'nearest'>): string {
  if (fault) return `, during ${fault}`;
  if (!nearest) return '';
  return `, ${readable(Math.abs(nearest.by))} ${nearest.by < 0 ? 'before' : 'after'} ${nearest.name}`;
}

/** What is in the final state that nobody sent. Empty when there is nothing. */
export function unexpectedText({ unexpected, keyless }: Ledger): string {
  if (unexpected.length === 0) return '';
  const more = unexpected.length - 3;
  const keys = `${unexpected.slice(0, 3).join(', ')}${more > 0 ? ` and ${more.toLocaleString('en-US')} more` : ''}`;
  const whose =
    keyless > 0
      ? `${counted(keyless, 'operation')} without a key may have left ${unexpected.length === 1 ? 'it' : 'them'}`
      : 'see that finalState returns the same keys as request(), and nothing that something else writes meanwhile';
  return `${counted(unexpected.length, 'key')} in the final state ${unexpected.length === 1 ? 'was' : 'were'} never sent: ${keys}; ${whose}.`;
}

/** What arrived without an acknowledgement. Empty when nothing did. */
export function recoveredText({ recovered, recoveredNamed }: Ledger): string {
  if (recovered === 0) return '';
  return `${counted(recovered, 'key')} without an acknowledgement arrived all the same, which is allowed: ${entriesText(recoveredNamed, 1, recovered)}.`;
}

/** The doubt when one key stands for several things; undefined where none does. */
export function sharedText({ generator: { sharedKey } }: Recording, { shared }: Ledger): string | undefined {
  if (sharedKey) {
    const { key, loads } = sharedKey;
    return `The loads ${loads.join(' and ')} both wrote the key ${key}, so nobody knows whose is in the final state: give each load keys of its own, such as '${loads[1]}-' + n.`;
  }
  if (shared.length === 0) return undefined;
  const named = `${shared.slice(0, 3).join(', ')}${shared.length > 3 ? ', ...' : ''}`;
  return `${counted(shared.length, 'key')} (${named}) ${shared.length === 1 ? 'was' : 'were'} written with values that differ, so nobody knows whether each of these was kept or is overwritten: give each operation a key of its own. What a key that is changed on purpose holds is for toReadItsWrites and toBeLinearizable.`;
}

/** An instant in words. @param at milliseconds since zero; below it is the warm-up */
export function instantText(at: number): string {
  return at < 0 ? 'in the warm-up' : `at ${readable(at)}`;
}

/** The doubt when no final state was read, with why where one was asked for. */
export function unread({ stateUnread }: Recording, what: string): string {
  if (stateUnread !== undefined) {
    return `The final state could not be read after the load, so nobody knows ${what}: ${stateUnread}. See that finalState goes around the proxy (postgres.query does), and what state its service was left in.`;
  }
  return `No final state was read, so nobody knows ${what}: pass finalState to run(), for example finalState: () => postgres.query('select id as key from orders').`;
}

/** The doubt when no operation that may have written carried a key. */
export const noKeys =
  'No operation that was sent and may write carried a key, so the final state cannot be compared: let request() return a key, for example the message id. A GET, HEAD or OPTIONS without a value only looks.';

/** The doubt when the final state still moved. */
export function notSettled(recording: Recording): string {
  const time = readable(recording.finalState?.settleTime ?? 0);
  return `The final state was still changing ${time} after the first look, so work may be under way yet: raise settle in run(), or find out why the app does not come to rest.`;
}
