import type { Judgement } from '../judgement.ts';
import { over } from './evidence.ts';

/** What was measured, where: `error rate during refuse(redis)` as one who has never seen the table reads it. */
export function subjectText({ subject, metric, window }: Pick<Judgement, 'subject' | 'metric' | 'window'>): string {
  return subject ?? `${metric} ${over(window)}`;
}

/** The first sentence of a message: what must be, and what was seen. */
export function headline(judgement: Judgement, isNot = false): string {
  const { bound, shown, status } = judgement;
  const subject = subjectText(judgement);
  const is = judgement.plural ? 'are' : 'is';
  if (status === 'unknown') {
    return `Unknown whether ${subject} ${is}${isNot ? ' not' : ''} ${bound} (seen: ${shown}), so this does not pass.`;
  }
  return capitalised(`${subject} must ${isNot ? 'not ' : ''}be ${bound}, seen: ${shown}.`);
}

function capitalised(text: string): string {
  // `p99` stays what it is.
  return /^[a-z]+\b/.test(text) ? `${text.charAt(0).toUpperCase()}${text.slice(1)}` : text;
}
