import { connect, type Socket } from 'node:net';
import { Fifo } from '../fifo.ts';
import type { ClientPiece, ClientReader } from './client-reader.ts';
import type { Statement, StatementGate } from './gate.ts';

/** Maximum size (bytes) of what waits of one client; beyond that it is not read further. */
const mostWaiting = 1024 * 1024;

/** Parts of a relay. */
export interface RelayParts {
  readonly client: Socket;
  /** Port of the server on 127.0.0.1. */
  readonly port: number;
  readonly gate: StatementGate;
  /** Number of the connection, from 1. */
  readonly connection: number;
  readonly reader: ClientReader;
}

/**
 * One client's connection and ours to the server. What the server sends passes as it is. What the client sends passes
 * in its order, each statement when the gate lets it through.
 *
 * What a client had sent before it went away still reaches the server, as it would reach a slow server.
 */
export class Relay {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #gate: StatementGate;
  readonly #connection: number;
  readonly #reader: ClientReader;
  readonly #queue = new Fifo<ClientPiece>();
  #waiting = 0;
  #holds = false;
  #clientEnded = false;

  constructor({ client, port, gate, connection, reader }: RelayParts) {
    this.#client = client;
    this.#reader = reader;
    this.#gate = gate;
    this.#connection = connection;
    this.#server = connect({ host: '127.0.0.1', port, noDelay: true, allowHalfOpen: true });
    const server = this.#server;
    client.setNoDelay(true);
    client.on('data', (chunk: Buffer) => this.#take(this.#reader.read(chunk)));
    server.on('data', (chunk: Buffer) => {
      // A client that is gone takes everything, so that the server can finish.
      if (client.writable && !client.write(chunk)) server.pause();
      if (this.#reader.awaitsEncryptionAnswer) this.#take(this.#reader.encryptionAnswered(chunk[0]));
    });
    client.on('drain', () => server.resume());
    server.on('drain', () => this.#readOn());
    for (const event of ['end', 'close'] as const) {
      client.on(event, () => {
        this.#clientEnded = true;
        if (event === 'close') server.resume();
        this.#advance();
      });
    }
    server.on('end', () => client.end());
    // A reset goes on as a reset, and a server that can't be reached closes the client.
    server.on('error', () => client.resetAndDestroy());
    server.on('close', () => client.destroySoon());
    // Its 'close' follows.
    client.on('error', () => undefined);
  }

  /** Closes both sides at once; what waits is lost. */
  cut(): void {
    this.#client.destroy();
    this.#server.destroy();
  }

  #take(pieces: readonly ClientPiece[]): void {
    for (const piece of pieces) {
      this.#queue.push(piece);
      this.#waiting += piece.bytes.length;
    }
    this.#advance();
    if (this.#waiting > mostWaiting || this.#server.writableNeedDrain) this.#client.pause();
  }

  #advance(): void {
    // Many small statements leave as one write.
    this.#server.cork();
    while (!this.#holds) {
      const piece = this.#queue.shift();
      if (piece === undefined) break;
      const { bytes, statement } = piece;
      const wait = statement === undefined ? undefined : this.#gate.onStatement(this.#noteStatement(statement));
      if (wait === undefined) this.#pass(bytes);
      else {
        this.#holds = true;
        void wait.then(() => {
          this.#holds = false;
          this.#pass(bytes);
          this.#advance();
          this.#readOn();
        });
      }
    }
    this.#server.uncork();
    if (this.#clientEnded && !this.#holds) this.#server.end();
  }

  #noteStatement(text: string): Statement {
    return { text, connection: this.#connection, client: this.#reader.clientName };
  }

  #pass(bytes: Buffer): void {
    this.#waiting -= bytes.length;
    if (this.#server.writable) this.#server.write(bytes);
  }

  #readOn(): void {
    if (this.#waiting <= mostWaiting && !this.#server.writableNeedDrain) this.#client.resume();
  }
}
