import type { Socket } from 'node:net';
import type { LinkDestination } from './link.ts';

/** A socket that is closed with a reset (RST) instead of an end (FIN), once the kernel has what was written to it. */
export class ResettingDestination implements LinkDestination {
  readonly #socket: Socket;
  #ending = false;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  get writable(): boolean {
    return this.#socket.writable && !this.#ending;
  }

  get writableNeedDrain(): boolean {
    return this.#socket.writableNeedDrain;
  }

  on(event: 'drain' | 'close', listener: () => void): void {
    this.#socket.on(event, listener);
  }

  write(data: Buffer): void {
    this.#socket.write(data);
  }

  destroySoon(): void {
    if (!this.writable) return;
    this.#ending = true;
    if (this.#socket.writableLength === 0) this.#socket.resetAndDestroy();
    else this.#socket.write('', () => this.#socket.resetAndDestroy());
  }
}
