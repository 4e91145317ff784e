import type { MessagePort } from 'node:worker_threads';
import type { PreparedRequest } from './prepare.ts';
import type { RowColumns } from './rows.ts';

/** What the test's thread says to a generator. */
export interface RequestsMessage {
  /** Which of the load's sequences they belong to. */
  readonly sequence: number;
  readonly requests: readonly PreparedRequest[];
}

/** What a generator says to the test's thread. */
export type GeneratorMessage =
  /** It wants the requests of a sequence up to the one before index `until`. */
  | { readonly kind: 'want'; readonly sequence: number; readonly until: number }
  /** Instant zero, on the clock of recording/clock.ts. */
  | { readonly kind: 'zero'; readonly zero: number }
  | { readonly kind: 'progress'; readonly progress: { readonly operations: number; readonly errors: number } }
  | {
      readonly kind: 'done';
      readonly rows: RowColumns;
      readonly stalls: readonly (readonly [from: number, to: number])[];
      /** Milliseconds from zero to the end of the last operation. */
      readonly end: number;
    };

/** Says something to the test's thread; columns are moved, not copied. */
export function tell(port: MessagePort, message: GeneratorMessage): void {
  port.postMessage(message, message.kind === 'done' ? buffersOf(message.rows) : []);
}

function buffersOf({ n, dueAt, startedAt, endedAt, outcome, category }: RowColumns): ArrayBuffer[] {
  return [n, dueAt, startedAt, endedAt, outcome, category].map((column) => column.buffer);
}
