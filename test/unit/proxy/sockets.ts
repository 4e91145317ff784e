import { EventEmitter } from 'node:events';
import type { LinkDestination, Source } from '../../../src/proxy/link/link.ts';

/** A source that a test feeds by hand, as far as a paused source can be fed. */
export class FakeSource extends EventEmitter implements Source {
  paused = true;
  readonly #waiting: Buffer[] = [];
  #ends = false;

  /** Bytes that the link has taken. */
  taken = 0;

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    this.#flow();
  }

  send(...texts: string[]): void {
    this.#waiting.push(...texts.map((text) => Buffer.from(text)));
    this.#flow();
  }

  finish(): void {
    this.#ends = true;
    this.#flow();
  }

  #flow(): void {
    while (!this.paused) {
      const data = this.#waiting.shift();
      if (!data) break;
      this.taken += data.length;
      this.emit('data', data);
    }
    if (!this.paused && this.#ends) {
      this.#ends = false;
      this.emit('end');
    }
  }
}

/** A destination that keeps what it was given; while `stuck` it says that it is full after every write. */
export class FakeDestination extends EventEmitter implements LinkDestination {
  readonly received: string[] = [];
  writable = true;
  writableNeedDrain = false;
  stuck = false;
  ends = 0;

  get text(): string {
    return this.received.join('');
  }

  write(data: Buffer): void {
    this.received.push(data.toString());
    if (this.stuck) this.writableNeedDrain = true;
  }

  destroySoon(): void {
    if (this.writable) this.ends += 1;
    this.writable = false;
  }

  /** Its reader reads again, or once more. */
  drain(): void {
    this.writableNeedDrain = false;
    this.emit('drain');
  }

  /** Its reader is gone. */
  break(): void {
    this.writable = false;
    this.emit('close');
  }
}
