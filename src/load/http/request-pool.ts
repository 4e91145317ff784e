import type { PreparedRequest } from '../requests/prepare.ts';
import type { AnswerReader } from './answer.ts';
import type { Ending } from './classify.ts';
import type { Expiring } from './deadline-queue.ts';

/** Connections to one target, opened as needed and kept alive. */
export interface RequestPool {
  /**
   * Sends a request as soon as there is a connection for it, once, and never again.
   * @param ended told how it ended, exactly once
   * @param reader told what the answer says; without it the answer is read and forgotten
   * @returns the request on its way; to expire it is to give it up
   */
  send(request: PreparedRequest, ended: (ending: Ending) => void, reader?: AnswerReader): Expiring;
  /** Closes what is idle. */
  close(): void;
}
