import { namedPart, type Recording, type Window } from '../recording/recording.ts';

/** The same part of each repeat. */
export interface RepeatedWindow {
  readonly repeats: Repeats;
  /** One for each repeat, in order. */
  readonly windows: readonly Window[];
}

/** A part that can be narrowed down to one kind of operation. */
export interface RepeatedSpan extends RepeatedWindow {
  /**
   * The same part of each repeat with only the operations of one name: `repeats.during.named('order')`.
   * @throws Error when a repeat has no operation of that name
   */
  named(name: string): RepeatedWindow;
}

/**
 * The recordings of one experiment that was repeated, each from a fresh start. Matchers take it, and its windows, in
 * place of a recording, and judge each repeat on its own. A witness (a lost key, two winners) in any repeat fails. Else
 * all must pass to pass, and all that could be judged must fail to fail. A spread on both sides of the bound is
 * unknown.
 */
export class Repeats implements RepeatedSpan {
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
  get before(): RepeatedSpan {
    return this.#each((recording) => recording.before);
  }

  /** Of each repeat. @throws Error when the runs had no fault */
  get during(): RepeatedSpan {
    return this.#each((recording) => recording.during);
  }

  /** Of each repeat. @throws Error when the runs had no fault */
  get after(): RepeatedSpan {
    return this.#each((recording) => recording.after);
  }

  /** Of each repeat. @throws Error when the runs had no such fault */
  window(fault: { readonly name: string; readonly from?: unknown } | string): RepeatedSpan {
    return this.#each((recording) => recording.window(fault));
  }

  /** The operations of one name, of each repeat. @throws Error when a repeat has no such name */
  named(name: string): RepeatedWindow {
    return this.#each((recording) => recording.named(name));
  }

  #each(part: (recording: Recording) => Window): RepeatedSpan {
    const windows = this.recordings.map(part);
    const named = (name: string) => ({ repeats: this, windows: windows.map((window) => namedPart(window, name)) });
    return { repeats: this, windows, named };
  }
}

/**
 * Whether a value is a repeated run, or a window of one. Told by its shape: the class may come from another copy of
 * this package.
 */
export function isRepeated(received: unknown): received is RepeatedWindow {
  return typeof received === 'object' && received !== null && 'repeats' in received && 'windows' in received;
}
