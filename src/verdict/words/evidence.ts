import { countErrors } from '../../analysis/window/errors.ts';
import { readable } from '../../duration.ts';
import type { FaultRecord, Window } from '../../recording/recording.ts';
import { deedOf } from './fault-words.ts';

/** A number with its noun: `1 operation`, `1,000 operations`. */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? noun : plural}`;
}

/** A time as a value of the table: a latency that never ended is `no answer`. */
export function timeText(ms: number): string {
  if (ms === Number.POSITIVE_INFINITY) return 'no answer';
  return Number.isNaN(ms) ? 'not measured' : readable(ms);
}

/** The lesser and the greater of two cases as a person reads them. */
export type Ends = readonly [low: string, high: string];

/** Best and worst case of a time; `5.0 s or more` where the worst is that no answer came. */
export function timeRangeText(best: number, worst: number): string {
  if (worst === Number.POSITIVE_INFINITY && Number.isFinite(best)) return `${timeText(best)} or more`;
  const [low, high] = [timeText(best), timeText(worst)];
  return low === high ? low : `${low} to ${high}`;
}

/** The window as the end of a sentence: `over the whole run`, `during refuse(redis)`. */
export function over(window: { readonly name: string } | string): string {
  const name = typeof window === 'string' ? window : window.name;
  return name.startsWith('the ') ? `over ${name}` : name;
}

/** Errors of the window by category with their counts: `503 (200), timeout (43)`. */
export function categoriesText(byCategory: ReadonlyMap<string, number>): string {
  return [...byCategory].map(([category, count]) => `${category} (${count.toLocaleString('en-US')})`).join(', ');
}

/** How many operations of the window failed, and how. */
export function errorsText(window: Window): string {
  const { operations, errors: count, byCategory, newAnswers } = countErrors(window);
  const of = `of ${counted(operations, 'operation')} ${over(window)} failed`;
  if (count.worst === 0) return [`None ${of}.`, newAnswersText(window, newAnswers)].filter(Boolean).join(' ');
  const number =
    count.best === count.worst
      ? count.worst.toLocaleString('en-US')
      : `Between ${count.best.toLocaleString('en-US')} and ${count.worst.toLocaleString('en-US')}`;
  return [`${number} ${of}: ${categoriesText(byCategory)}.`, newAnswersText(window, newAnswers)]
    .filter(Boolean)
    .join(' ');
}

/** Statuses of ok answers that none had before the fault. Empty without any. */
function newAnswersText({ recording }: Window, statuses: ReadonlyMap<number, number>): string {
  if (statuses.size === 0) return '';
  const told = [...statuses].map(([status, count]) => `${status} (${count.toLocaleString('en-US')})`).join(', ');
  const faults = [...new Set(recording.faults.map(({ name }) => name))].join(' and ');
  return `New among the ok answers since ${faults}: ${told}.`;
}

/** Faults that are told one by one. */
const mostFaults = 4;

/** When the faults of a window lasted, what each did, and how many of the app's connections it met; a line for each. */
export function faultsText(faults: readonly FaultRecord[]): string {
  const felt = faults.filter((fault) => Number.isFinite(fault.inEffectAt));
  const told = felt.slice(0, mostFaults).map((fault) => {
    const deed = deedOf(fault);
    const met = counted(fault.bite.connectionsBefore, 'connection');
    const held = fault.serviceKind === 'app' ? '' : `; the app held ${met} to ${fault.service} before it`;
    return `${fault.name} lasted ${spanOf(fault)}${deed && `: ${deed}`}${held}.`;
  });
  const more = felt.length - told.length;
  return [...told, more > 0 ? `And ${counted(more, 'more fault', 'more faults')}.` : ''].filter(Boolean).join('\n');
}

/** `from 5.0 s to 10.0 s`; `for a moment, at 1.0 s`, where begin and end read the same. */
function spanOf({ inEffectAt, healedAt }: FaultRecord): string {
  if (!Number.isFinite(healedAt)) return `from ${readable(inEffectAt)} and was never healed`;
  const [from, to] = [readable(inEffectAt), readable(healedAt)];
  return from === to ? `for a moment, at ${from}` : `from ${from} to ${to}`;
}
