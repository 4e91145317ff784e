import { connect, Socket } from 'node:net';
import { type Address, parseAddress } from './address.ts';
import { type Destination, Link } from './link.ts';
import { ResettingDestination } from './resetting-destination.ts';
import type { Direction, Toxic } from './toxics/toxic.ts';
import type { Traffic } from './traffic.ts';

/** What each direction of a proxy has carried. */
export type TrafficByDirection = Readonly<Record<Direction, Traffic>>;

/** One client's connection and ours to the upstream: two links, independent of each other. */
export class Connection {
  /** Resolves when both sockets are closed. */
  readonly closed: Promise<unknown>;
  readonly #client: Socket;
  readonly #server: Socket;
  /** Set when the links start: whether each close of either socket is a reset. */
  #resets = false;
  #links: Readonly<Record<Direction, Link>> | undefined;

  /**
   * Dials `upstream`; until it answers nothing is read of the client. An upstream that can't be reached closes the
   * client.
   * @param toxics the proxy's own list: read when the upstream answers
   * @param traffic the proxy's own counts
   */
  constructor(
    client: Socket,
    upstream: string,
    toxics: readonly Toxic[],
    random: () => number,
    traffic: TrafficByDirection,
  ) {
    this.#client = client;
    this.#server = dial(upstream);
    this.closed = Promise.all([closed(client), closed(this.#server)]);
    // An error of a socket is followed by its 'close', which ends the data in both directions.
    client.on('error', ignore);
    this.#server.on('error', ignore);
    client.once('close', () => this.#cutUnlessLinked());
    this.#server.once('close', () => this.#cutUnlessLinked());
    this.#server.once('connect', () => this.#link(toxics, random, traffic));
  }

  /** Adds a toxic to the end of its direction's chain; resolves once it is there. */
  async add(toxic: Toxic): Promise<void> {
    const link = this.#links?.[toxic.direction];
    await link?.whenInterruptible('last');
    link?.add(toxic);
  }

  /** Starts a toxic anew with its present attributes; resolves once it has. */
  async update(toxic: Toxic): Promise<void> {
    const link = this.#links?.[toxic.direction];
    await link?.whenInterruptible(toxic);
    link?.update(toxic);
  }

  /** Takes a toxic out of its direction's chain; resolves once it is gone. */
  async remove(toxic: Toxic): Promise<void> {
    const link = this.#links?.[toxic.direction];
    await link?.whenInterruptible(toxic);
    link?.remove(toxic);
  }

  /** Closes both sockets at once; what is on its way is lost. */
  cut(): void {
    for (const socket of [this.#client, this.#server]) {
      if (this.#resets) socket.resetAndDestroy();
      else socket.destroy();
    }
  }

  #link(toxics: readonly Toxic[], random: () => number, traffic: TrafficByDirection): void {
    this.#resets = toxics.some((toxic) => toxic.type.resetsConnections);
    const destination = (socket: Socket): Destination => (this.#resets ? new ResettingDestination(socket) : socket);
    const link = (direction: Direction, from: Socket, to: Socket): Link =>
      new Link(
        from,
        destination(to),
        toxics.filter((toxic) => toxic.direction === direction),
        random,
        traffic[direction],
      );
    this.#links = {
      upstream: link('upstream', this.#client, this.#server),
      downstream: link('downstream', this.#server, this.#client),
    };
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
