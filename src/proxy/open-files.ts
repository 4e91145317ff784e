import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';

/**
 * What a connection that was accepted needs to reach its upstream, and what the next one needs: a socket to either
 * side.
 */
const filesWanted = 1 + 2;

/**
 * Watches whether one more connection could be taken. Node tells of no connection that it could not accept for want of
 * files: it closes such a one at once, in silence.
 */
export class OpenFiles {
  #open = 0;
  /** The most connections there were at once. */
  #most = 0;

  /**
   * Counts a connection.
   * @returns false when there is no room for another; looked at only at the highest count so far
   */
  take(): boolean {
    this.#open += 1;
    if (this.#open < this.#most) return true;
    this.#most = this.#open;
    return hasRoom(filesWanted);
  }

  /** Counts a connection's end. */
  free(): void {
    this.#open -= 1;
  }
}

/** Whether the process may open that many more files. */
function hasRoom(files: number): boolean {
  const opened: number[] = [];
  try {
    while (opened.length < files) opened.push(openSync(devNull, 'r'));
    return true;
  } catch {
    // Nothing but the limit keeps this device from being opened.
    return false;
  } finally {
    for (const file of opened) closeSync(file);
  }
}
