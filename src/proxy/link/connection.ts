import { connect, Socket } from 'node:net';
import { type Address, parseAddress } from '../address.ts';
import type { Direction, Toxic } from '../toxics/toxic.ts';
import type { Traffic } from '../traffic.ts';
import { Link, type LinkDestination } from './link.ts';
import { ResettingDestination } from './resetting-destination.ts';

/** What each direction of a proxy has carried. */
export type TrafficByDirection = Readonly<Record<Direction, Traffic>>;

/** What a connection is told of its proxy. */
export interface ConnectionPlan {
  /** Where to dial. */
  readonly upstream: string;
  /** The proxy's own list: read when the upstream answers. */
  readonly toxics: readonly Toxic[];
  /** The proxy's own counts. */
  readonly traffic: TrafficByDirection;
  /** The dice of a toxic on this connection. */
  readonly randomOf: (toxic: Toxic) => () => number;
  /** Called when the upstream can't be reached. */
  readonly onUnreachable: (error: unknown) => void;
}

/** One client's connection and ours to the upstream: two links, independent of each other. */
export class ProxiedConnection {
  /** Resolves when both sockets are closed. */
  readonly closed: Promise<unknown>;
  readonly #client: Socket;
  readonly #server: Socket;
  /** Set when the links start: whether each close of either socket is a reset. */
  #resets = false;
  #links: Readonly<Record<Direction, Link>> | undefined;

  /**
   * Dials the upstream; until it answers nothing is read of the client. An upstream that can't be reached closes the
   * client.
   */
  constructor(client: Socket, plan: ConnectionPlan) {
    this.#client = client;
    this.#server = dial(plan);
    this.closed = Promise.all([whenClosed(client), whenClosed(this.#server)]);
    // An error of a socket is followed by its 'close', which ends the data in both directions.
    client.on('error', ignore);
    this.#server.on('error', (error) => {
      if (!this.#links) plan.onUnreachable(error);
    });
    client.once('close', () => this.#cutUnlessLinked());
    this.#server.once('close', () => this.#cutUnlessLinked());
    this.#server.once('connect', () => this.#link(plan));
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

  #link({ toxics, randomOf, traffic }: ConnectionPlan): void {
    this.#resets = toxics.some((toxic) => toxic.type.resetsConnections);
    const destination = (socket: Socket): LinkDestination => (this.#resets ? new ResettingDestination(socket) : socket);
    const link = (direction: Direction, from: Socket, to: Socket): Link =>
      new Link(
        from,
        destination(to),
        toxics.filter((toxic) => toxic.direction === direction),
        randomOf,
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

/** A socket on its way to the upstream; closed if that is no address. */
function dial({ upstream, onUnreachable }: ConnectionPlan): Socket {
  let address: Address;
  try {
    address = parseAddress(upstream);
  } catch (error) {
    // Whoever set the upstream was not refused (a Toxiproxy checks it no earlier either): the client sees it closed.
    onUnreachable(error);
    return new Socket().destroy();
  }
  return connect({ host: address.host || 'localhost', port: address.port, allowHalfOpen: true, noDelay: true });
}

function whenClosed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once('close', () => resolve());
  });
}

function ignore(): void {}
