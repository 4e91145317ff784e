// One connection through the proxy: a chain of toxics for each direction.
// Begin here, then stage.ts. Never imports api.

import type { DataChunk, Toxic } from '../toxics/toxic.ts';
import { Traffic } from '../traffic.ts';
import { nobodyWaits, type Receiver, ToxicStage } from './stage.ts';

/** The most that a toxic gets as one chunk, in bytes. */
const chunkSize = 32 * 1024;

/** What a link reads from: a socket, as far as a link uses it. */
export interface Source {
  on(event: 'data', listener: (data: Buffer) => void): unknown;
  on(event: 'end' | 'close', listener: () => void): unknown;
  pause(): unknown;
  resume(): unknown;
}

/** What a link writes to: a socket, as far as a link uses it. */
export interface LinkDestination {
  /** False once it is closed or its end was asked for. */
  readonly writable: boolean;
  readonly writableNeedDrain: boolean;
  on(event: 'drain' | 'close', listener: () => void): unknown;
  write(data: Buffer): unknown;
  destroySoon(): unknown;
}

/**
 * One direction of one connection: from a socket, through a chain of toxics, to the other socket.
 *
 * Without toxics it is a plain relay. A reader that stops is felt at the sender: the destination's buffer fills, then
 * each stage's queue, then the source is paused. The end of the data (or a broken source) drains the chain and then
 * closes the destination fully; the other direction learns of it from that.
 */
export class Link {
  readonly #source: Source;
  readonly #sink: Sink;
  readonly #randomOf: (toxic: Toxic) => () => number;
  readonly #traffic: Traffic;
  readonly #stages: ToxicStage[] = [];

  /**
   * Starts at once.
   * @param randomOf the dice of a toxic on this link: numbers in [0, 1)
   * @param traffic counts what comes in and what goes out
   */
  constructor(
    source: Source,
    destination: LinkDestination,
    toxics: readonly Toxic[],
    randomOf: (toxic: Toxic) => () => number,
    traffic: Traffic = new Traffic(),
  ) {
    this.#source = source;
    this.#randomOf = randomOf;
    this.#traffic = traffic;
    this.#sink = new Sink(destination, traffic);
    for (const toxic of toxics) this.#stages.push(new ToxicStage(toxic, this.#sink, randomOf(toxic)));
    this.#connect();
    for (const stage of this.#stages) stage.start();
    source.on('data', (data: Buffer) => this.#receive(data));
    source.on('end', () => this.#head.end());
    source.on('close', () => this.#head.end());
    // Nobody is left to read: what is held is dropped, and what still comes too, so that the source's end is seen.
    destination.on('close', () => {
      for (const stage of this.#stages) stage.close();
      source.resume();
    });
    source.resume();
  }

  /**
   * Resolves when the chain can be changed at that toxic, and `last` at its end: a toxic may be in a wait that can't be
   * interrupted. The one before it has to be interruptible too, since it gets a new neighbour.
   */
  async whenInterruptible(at: Toxic | 'last'): Promise<void> {
    const index = at === 'last' ? this.#stages.length : this.#stages.findIndex((stage) => stage.toxic === at);
    await this.#stages[index]?.whenInterruptible;
    await this.#stages[index - 1]?.whenInterruptible;
  }

  /** Puts a toxic at the end of the chain. */
  add(toxic: Toxic): void {
    const before = this.#stages.at(-1);
    const stage = new ToxicStage(toxic, this.#sink, this.#randomOf(toxic));
    before?.interrupt();
    this.#stages.push(stage);
    this.#connect();
    stage.start();
    before?.start();
    this.#makeRoom();
  }

  /** Starts a toxic anew with what its attributes and its toxicity are now. */
  update(toxic: Toxic): void {
    const stage = this.#stages.find((one) => one.toxic === toxic);
    stage?.interrupt();
    stage?.start();
  }

  /** Takes a toxic out of the chain; what it held flows on, or the connection closes where the toxic says so. */
  remove(toxic: Toxic): void {
    const index = this.#stages.findIndex((one) => one.toxic === toxic);
    const stage = this.#stages[index];
    if (!stage || stage.closed) return;
    if (toxic.type.closesWhenRemoved) {
      stage.close();
      return;
    }
    const before = this.#stages[index - 1];
    before?.interrupt();
    stage.retire(() => {
      this.#stages.splice(this.#stages.indexOf(stage), 1);
      this.#connect();
      this.#makeRoom();
    });
    before?.start();
  }

  get #head(): Receiver {
    return this.#stages[0] ?? this.#sink;
  }

  #receive(data: Buffer): void {
    this.#traffic.receive(data.length);
    if (this.#stages.length === 0) this.#sink.write(data);
    else {
      const receivedAt = performance.now();
      for (let at = 0; at < data.length; at += chunkSize) {
        this.#head.push({ data: data.subarray(at, at + chunkSize), receivedAt });
      }
    }
    if (this.#head.full) this.#source.pause();
  }

  #connect(): void {
    this.#stages.forEach((stage, index) => {
      stage.connect(this.#stages[index + 1] ?? this.#sink);
    });
    this.#head.onRoom = () => this.#source.resume();
  }

  /** Wakes what waited for a part of the chain that is no longer next to it. */
  #makeRoom(): void {
    for (const part of [...this.#stages, this.#sink]) if (!part.full) part.onRoom();
  }
}

/** The end of a chain: the socket that is written to. */
class Sink implements Receiver {
  readonly #destination: LinkDestination;
  readonly #traffic: Traffic;
  onRoom: () => void = nobodyWaits;

  constructor(destination: LinkDestination, traffic: Traffic) {
    this.#destination = destination;
    this.#traffic = traffic;
    destination.on('drain', () => this.onRoom());
  }

  get full(): boolean {
    return this.#destination.writable && this.#destination.writableNeedDrain;
  }

  push(chunk: DataChunk): void {
    this.write(chunk.data);
  }

  /** A destination that is closed takes everything and keeps nothing, so that the source's end can be seen. */
  write(data: Buffer): void {
    if (!this.#destination.writable || data.length === 0) return;
    this.#traffic.send(data.length);
    this.#destination.write(data);
  }

  end(): void {
    this.#destination.destroySoon();
  }
}
