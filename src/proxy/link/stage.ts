import { noop } from '../toxics/noop.ts';
import type { DataChunk, Pipe, Steps, Toxic, Wait } from '../toxics/toxic.ts';

/** Where chunks go: the next stage of a chain, or the socket at its end. */
export interface Receiver {
  /** While true, a sender waits for `onRoom`. */
  readonly full: boolean;
  /** Called when there is room again. Set by the one sender. */
  onRoom: () => void;
  push(chunk: DataChunk): void;
  /** No chunk follows. */
  end(): void;
}

/** What `onRoom` is until a sender is connected. */
export function nobodyWaits(): void {}

/** The longest time that `setTimeout` takes; more would fire at once. */
const longestTimer = 2 ** 31 - 1;

/**
 * One toxic on one direction of one connection: a bounded queue, and the toxic's steps at work on it.
 *
 * All of it is synchronous: a step runs until it has to wait, and a change of the chain takes effect before the call
 * that makes it returns, so nothing can come between two parts of a change.
 */
export class ToxicStage implements Receiver, Pipe {
  readonly toxic: Toxic;
  onRoom: () => void = nobodyWaits;
  counted = 0;
  readonly #random: () => number;
  #output: Receiver;
  readonly #queue: DataChunk[] = [];
  /** Chunks that an interrupted toxic let go of while the output was full: first out at the next start. */
  readonly #released: DataChunk[] = [];
  #ended = false;
  #closed = false;
  #interrupted = false;
  #whenDrained: (() => void) | undefined;
  #steps: Steps | undefined;
  #waiting: Wait | undefined;
  #timer: NodeJS.Timeout | undefined;
  #soon: NodeJS.Immediate | undefined;
  /** Who waits for a wait that can't be interrupted to be over. */
  readonly #patient: (() => void)[] = [];

  /** @param random a number in [0, 1), for the toxicity and the toxic itself */
  constructor(toxic: Toxic, output: Receiver, random: () => number) {
    this.toxic = toxic;
    this.#output = output;
    this.#random = random;
  }

  /** A closed stage is never full: what still comes is dropped, so that the end of the data can be seen. */
  get full(): boolean {
    if (this.#closed) return false;
    return this.#queue.length >= (this.#whenDrained ? 1 : this.toxic.type.capacity);
  }

  get interrupted(): boolean {
    return this.#interrupted;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Resolves once the toxic can be interrupted; `undefined` if it can be now. */
  get whenInterruptible(): Promise<void> | undefined {
    if (!this.#waiting?.firm) return undefined;
    return new Promise((resolve) => {
      this.#patient.push(resolve);
    });
  }

  push(chunk: DataChunk): void {
    if (this.#closed) return;
    this.#queue.push(chunk);
    if (this.#waiting?.for === 'chunk') this.#continue();
  }

  end(): void {
    this.#ended = true;
    if (this.#waiting?.for === 'chunk') this.#continue();
  }

  /** Sends on to `receiver` from now on; call `start` afterwards. */
  connect(receiver: Receiver): void {
    this.#output = receiver;
    receiver.onRoom = () => {
      if (this.#waiting?.for === 'room') this.#continue();
    };
  }

  /**
   * Ends the toxic's work at its present wait; whatever it holds is sent on or kept, never lost. Only when it is
   * interruptible.
   */
  interrupt(): void {
    this.#interrupted = true;
    if (this.#waiting) this.#continue();
  }

  /** Starts the toxic's work, or starts it again after `interrupt`: rolls the dice of its toxicity. */
  start(): void {
    if (this.#closed) return;
    this.#interrupted = false;
    this.#steps = this.#work();
    this.#continue();
  }

  /** Ends the stream here: what is queued is dropped, and the rest of the chain sees the end of the data. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stopWaiting();
    this.#queue.length = 0;
    this.#released.length = 0;
    this.#output.end();
    this.onRoom();
  }

  /**
   * Stops the toxic, sends on all that is queued without delay, and calls `gone` when the stage is empty: at once,
   * unless the output is full.
   */
  retire(gone: () => void): void {
    this.interrupt();
    this.#whenDrained = gone;
    this.start();
  }

  *read(within = Number.POSITIVE_INFINITY): Steps<DataChunk | undefined> {
    if (this.#queue.length === 0 && !this.#ended && !this.#interrupted) yield { for: 'chunk', ms: within };
    if (this.#interrupted) return undefined;
    const chunk = this.#queue.shift();
    if (chunk && !this.full) this.onRoom();
    return chunk;
  }

  *write(chunk: DataChunk): Steps {
    if (this.#output.full && !this.#interrupted) yield { for: 'room', ms: Number.POSITIVE_INFINITY };
    if (this.#output.full && this.#interrupted) this.#released.push(chunk);
    else this.#output.push(chunk);
  }

  *sleep(ms: number): Steps {
    if (ms > 0 && !this.#interrupted) yield { for: 'nothing', ms };
  }

  *sleepFirmly(ms: number): Steps {
    if (ms > 0) yield { for: 'nothing', ms, firm: true };
  }

  *#work(): Steps {
    yield* this.#flush(this.#released);
    if (this.#whenDrained) yield* this.#flush(this.#queue);
    if (this.#interrupted || this.#whenDrained) return;
    const chosen = this.#random() < this.toxic.toxicity ? this.toxic.type : noop;
    yield* chosen.run(this, this.toxic.attributes, this.#random);
  }

  *#flush(chunks: DataChunk[]): Steps {
    while (chunks.length > 0) {
      if (this.#output.full) yield { for: 'room', ms: Number.POSITIVE_INFINITY };
      const chunk = this.#interrupted ? undefined : chunks.shift();
      if (!chunk) return;
      this.#output.push(chunk);
    }
  }

  #continue(): void {
    this.#stopWaiting();
    const step = this.#steps?.next();
    if (step && !step.done) this.#wait(step.value);
    else if (!this.#interrupted) this.#finish();
    if (!this.#waiting?.firm) for (const proceed of this.#patient.splice(0)) proceed();
  }

  #finish(): void {
    if (this.#whenDrained && !this.#ended) {
      this.#closed = true;
      this.#whenDrained();
    } else this.close();
  }

  #wait(wait: Wait): void {
    this.#waiting = wait;
    if (!Number.isFinite(wait.ms)) return;
    const at = performance.now() + wait.ms;
    if (wait.ms < 1) this.#wakeSoon(at);
    else this.#wake(at);
  }

  /** Timers count whole milliseconds and may fire a little early; never let a toxic's time be cut short by that. */
  #wake(at: number): void {
    const left = Math.min(Math.ceil(at - performance.now()), longestTimer);
    if (left > 0) this.#timer = setTimeout(() => this.#wake(at), left);
    else this.#continue();
  }

  /** For less than a timer can count: looks again at each turn of the event loop. */
  #wakeSoon(at: number): void {
    if (performance.now() >= at) this.#continue();
    else this.#soon = setImmediate(() => this.#wakeSoon(at));
  }

  #stopWaiting(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#soon);
    this.#waiting = undefined;
  }
}
