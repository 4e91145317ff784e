import type { Recording, Window } from '../recording/recording.ts';

/** The same part of each repeat. */
export interface RepeatedWindow {
  readonly repeats: Repeats;
  /** One for each repeat, in order. */
  readonly windows: readonly Window[];
}

/**
 * The recordings of one experiment that was repeated, each from a fresh start. The matchers take it, and its windows, in place of a
 * recording: each repeat is judged on its own. A witness (a lost key, two winners) in any of them fails. Else all must pass to pass, and all
 * that could be judged must fail to fail: a spread on both sides of the bound is unknown.
 */
export class Repeats implements RepeatedWindow {
  readonly recordings: readonly Recording[];

  /** @throws TypeError without a recording */
  constructor(recordings: readonly Recording[]) {
    if (recordings.length === 0) throw new TypeError('Repeats needs one recording or more');
    this.recordings = recordings;
  }

  get repeats(): Repeats {
    return this;
  }

  get windows(): readonly Window[] {
    return this.recordings;
  }

  /** Of each repeat. @see Recording.before */
  get before(): RepeatedWindow {
    return this.#each((recording) => recording.before);
  }

  /** Of each repeat. @throws Error when the runs had no fault */
  get during(): RepeatedWindow {
    return this.#each((recording) => recording.during);
  }

  /** Of each repeat. @throws Error when the runs had no fault */
  get after(): RepeatedWindow {
    return this.#each((recording) => recording.after);
  }

  /** Of each repeat. @throws Error when the runs had no such fault */
  window(fault: { readonly name: string } | string): RepeatedWindow {
    return this.#each((recording) => recording.window(fault));
  }

  #each(part: (recording: Recording) => Window): RepeatedWindow {
    return { repeats: this, windows: this.recordings.map(part) };
  }
}

/** Whether a value is that of a repeated run, or a window of it. By shape: a test may hold the class from another copy of this package. */
export function isRepeated(received: unknown): received is RepeatedWindow {
  return typeof received === 'object' && received !== null && 'repeats' in received && 'windows' in received;
}
