import type { CategoryName, categories, StatusCategory } from '../../recording/categories.ts';
import { type Measurements, type Outcome, takesAnyAnswer, takesItsAnswer } from '../../recording/columns.ts';
import { CertificateError, NegotiationError } from './dialer.ts';

/**
 * What became of one request, as the generator saw it, with what was measured of it.
 * `sent`: it was (or may have been) written to a connection.
 */
export type Ending = Measurements & HowEnded;

type HowEnded =
  | { readonly kind: 'answered'; readonly status: number }
  | { readonly kind: Open; readonly sent: boolean }
  | { readonly kind: Exclude<Unanswered, Open> };

/** How a request ends that was not answered. What a closed loop did not send was no request. */
type Unanswered = Exclude<CategoryName, 'invalid' | 'silence'>;

/** Those after which nobody knows what the app did with what was sent. */
type Open = { [K in Unanswered]: (typeof categories)[K]['applied'] extends 'if sent' ? K : never }[Unanswered];

/** What is measured of a request that was never sent. */
export const nothingSent: Measurements = { bytesSent: 0, bytesReceived: 0 };

/** How an operation is recorded. */
export interface Classification {
  readonly outcome: Outcome;
  /** One of the categories of {@link Operation.category}. */
  readonly category: string;
}

const ok: Classification = { outcome: 'ok', category: 'ok' };

const safe = new Set(['GET', 'HEAD', 'OPTIONS']);

/** What a request takes for ok, as a recording has it. */
export function takes({
  method,
  okWhen,
}: {
  readonly method: string;
  readonly okWhen: readonly number[] | null;
}): number {
  return safe.has(method) && okWhen === null ? takesAnyAnswer : takesItsAnswer;
}

/** Errors of a connect that this machine ran out of something for: the generator's own fault. */
const ownFault = new Set(['EMFILE', 'ENFILE', 'EADDRNOTAVAIL', 'ENOBUFS', 'ENOMEM']);

/**
 * Outcome and category of a request that ended. `failed` means certainly not applied: it never reached the app, the app
 * turned it down (4xx), or it asked for no change (a safe method that was answered).
 * @param okWhen statuses that count as ok; null for 200 to 399
 */
export function classify(ending: Ending, method: string, okWhen: readonly number[] | null): Classification {
  if (ending.kind === 'answered') return classifyStatus(ending.status, method, okWhen);
  return { outcome: 'sent' in ending && ending.sent ? 'unknown' : 'failed', category: ending.kind };
}

function classifyStatus(status: number, method: string, okWhen: readonly number[] | null): Classification {
  if (okWhen ? okWhen.includes(status) : status >= 200 && status < 400) return ok;
  const category: CategoryName | StatusCategory = status < 400 ? 'invalid' : `${status}`;
  return status >= 400 && status < 500 ? { outcome: 'failed', category } : notOk(method, category);
}

/**
 * An answer that is not what was asked for: to a method that changes something it leaves open whether that was done.
 */
export function notOk(method: string, category: string): Classification {
  return { outcome: safe.has(method) ? 'failed' : 'unknown', category };
}

/** Errors of TLS itself: an alert of the app, or an app that does not speak it. */
const ofTls = /^(ERR_SSL_|EPROTO$)/;

/**
 * What an error of the connection says about the request on it. One that the app closed in good order before a byte of
 * the answer came is `empty`. Whatever else is neither refused, nor of TLS, nor the generator's own fault is `reset`:
 * the connection was lost, by a reset, a close in the middle of an answer, or an answer that is not HTTP.
 * @param heard whether a byte of the answer came
 */
export function endingOf(error: unknown, sent: boolean, heard = true): HowEnded {
  if (error instanceof CertificateError) return { kind: 'certificate' };
  const code = codeOf(error);
  if (error instanceof NegotiationError || ofTls.test(code)) return { kind: 'tls', sent };
  if (!sent) {
    if (code === 'ECONNREFUSED') return { kind: 'refused' };
    if (ownFault.has(code)) return { kind: 'unsent' };
    if (code === 'ETIMEDOUT' || code === 'UND_ERR_CONNECT_TIMEOUT') return { kind: 'timeout', sent };
  }
  return { kind: sent && !heard && code === closedByPeer ? 'empty' : 'reset', sent };
}

/** What undici says of a connection that was closed, and not reset. */
const closedByPeer = 'UND_ERR_SOCKET';

/** The code of a connection error; of the first inner one, when several addresses were tried. */
function codeOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  return '';
}
