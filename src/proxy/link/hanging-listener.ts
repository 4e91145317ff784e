import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { Address } from '../address.ts';

/** Where the thread is to listen; `near` is a host of this machine that leads there. */
export interface HangOrder extends Address {
  readonly near: string;
}

/** What the thread says: that it is loaded, that it listens, or why it can't. */
export type HangingMessage = { readonly loaded: true } | { readonly listens: true } | { readonly error: string };

/** A connect to this machine that is not answered within this time (ms) is never answered. */
const answersWithin = 50;
/** As many connects more than expected may fit into the queue. */
const mostFillers = 16;

/**
 * A listener on which `connect()` stays pending: nobody accepts, and its queue is full.
 *
 * The system drops a SYN to a full queue, and the client's sends it again (on Linux after 1, 2, 3, 4, 5 s and then at
 * growing distances). So a client that waited is connected at its next SYN after the end of it, and one that gives up
 * sees a timeout. Up to two clients that connect at the very moment it begins may be connected all the same: they get
 * no answer, and a reset at the end. That is Linux, where it was measured. Other systems are asked rather than trusted:
 * when a connect of ours is answered or refused although the queue should be full, `listen` fails and says so. Node
 * accepts whatever comes as long as its event loop turns, hence a thread of its own that stands still.
 */
export class HangingListener {
  readonly #worker: Worker;
  readonly #fillers: Socket[] = [];

  private constructor(worker: Worker) {
    this.#worker = worker;
  }

  /** Starts the thread, which does not listen yet. @throws Error when there are no threads or files left */
  static async load(): Promise<HangingListener> {
    const worker = new Worker(new URL('./hanging-listener-worker.js', import.meta.url), { execArgv: [] });
    await once(worker, 'message');
    return new HangingListener(worker);
  }

  /**
   * Listens, and makes sure that connects hang. Call `release` whatever comes of it.
   * @throws Error when the address can't be bound, or when connects don't hang on this system
   */
  async listen(address: Address): Promise<void> {
    const near = chooseHost(address.host);
    const order: HangOrder = { host: address.host, port: address.port, near };
    const told = once(this.#worker, 'message') as Promise<[HangingMessage]>;
    this.#worker.postMessage(order);
    const [message] = await told;
    if ('error' in message) throw new Error(message.error);
    while (await this.#answers(near, address.port)) {
      if (this.#fillers.length >= mostFillers)
        throw explainFailure(`its queue took ${mostFillers} connections more than it should`);
    }
  }

  /** Ends the thread and with it the listener: the port is free when this resolves. */
  async release(): Promise<void> {
    for (const filler of this.#fillers) filler.destroy();
    await this.#worker.terminate();
  }

  /** Whether a connect of ours is answered; the connection then stays, to fill the queue. */
  async #answers(host: string, port: number): Promise<boolean> {
    const socket = connect({ host, port });
    let failure: Error | undefined;
    socket.on('error', (error) => {
      failure = error;
    });
    await pause(answersWithin);
    // An answer may have come while this process had no time for it: let it be seen.
    await turn();
    if (failure) throw explainFailure(failure.message);
    if (socket.connecting) {
      socket.destroy();
      return false;
    }
    this.#fillers.push(socket);
    return true;
  }
}

function explainFailure(why: string): Error {
  return new Error(`connects can't be made to hang on this system (${process.platform}): ${why}`);
}

/** A host that leads to a listener on `host`: itself, unless that means every address. */
function chooseHost(host: string): string {
  if (host === '' || host === '::') return '::1';
  return host === '0.0.0.0' ? '127.0.0.1' : host;
}
