import { connect, Socket } from 'node:net';
import { type Address, parseAddress } from './address.ts';
import { Link } from './link.ts';
import type { Direction, Toxic } from './toxics/toxic.ts';

/** One client's connection and ours to the upstream: two links, independent of each other. */
export class Connection {
  /** Resolves when both sockets are closed. */
  readonly closed: Promise<unknown>;
  readonly #client: Socket;
  readonly #server: Socket;
  #links: Readonly<Record<Direction, Link>> | undefined;

  /**
   * Dials `upstream`; until it answers nothing is read of the client. An upstream that can't be reached closes the
   * client.
   * @param toxics the proxy's own list: read when the upstream answers
   */
  constructor(client: Socket, upstream: string, toxics: readonly Toxic[], random: () => number) {
    this.#client = client;
    this.#server = dial(upstream);
    this.closed = Promise.all([closed(client), closed(this.#server)]);
    // An error of a socket is followed by its 'close', which ends the data in both directions.
    client.on('error', ignore);
    this.#server.on('error', ignore);
    client.once('close', () => this.#cutUnlessLinked());
    this.#server.once('close', () => this.#cutUnlessLinked());
    this.#server.once('connect', () => {
      this.#links = {
        upstream: new Link(client, this.#server, toxics.filter(inDirection('upstream')), random),
        downstream: new Link(this.#server, client, toxics.filter(inDirection('downstream')), random),
      };
    });
  }

  /** Adds a toxic to the end of its direction's chain. */
  add(toxic: Toxic): void {
    this.#links?.[toxic.direction].add(toxic);
  }

  /** Starts a toxic anew with its present attributes. */
  update(toxic: Toxic): void {
    this.#links?.[toxic.direction].update(toxic);
  }

  /** Takes a toxic out of its direction's chain. */
  remove(toxic: Toxic): void {
    this.#links?.[toxic.direction].remove(toxic);
  }

  /** Closes both sockets at once; what is on its way is lost. */
  cut(): void {
    this.#client.destroy();
    this.#server.destroy();
  }

  #cutUnlessLinked(): void {
    if (!this.#links) this.cut();
  }
}

/** A socket on its way to `upstream`; closed if that is no address. */
function dial(upstream: string): Socket {
  let address: Address;
  try {
    address = parseAddress(upstream);
  } catch {
    // Whoever set the upstream was not refused (a Toxiproxy checks it no earlier either): the client sees it closed.
    return new Socket().destroy();
  }
  return connect({ host: address.host || 'localhost', port: address.port, allowHalfOpen: true, noDelay: true });
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once('close', () => resolve());
  });
}

function ignore(): void {}

function inDirection(direction: Direction): (toxic: Toxic) => boolean {
  return (toxic) => toxic.direction === direction;
}
