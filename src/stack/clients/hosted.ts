import type { Owe } from '../debt.ts';
import type { Killable, Pausable, Server } from '../server.ts';

/** A service whose process is a server of the runtime, which ends, starts and pauses it. */
export abstract class Hosted implements Killable, Pausable {
  protected readonly server: Server;
  protected readonly debts: Owe;

  constructor(server: Server, debts: Owe) {
    this.server = server;
    this.debts = debts;
  }

  /** Process id of the server; undefined while it does not run, or when it does not run on this machine. */
  get pid(): number | undefined {
    return this.server.pid;
  }

  kill(): Promise<void> {
    return this.server.kill();
  }

  stop(): Promise<void> {
    return this.server.stop();
  }

  start(): Promise<void> {
    return this.server.start();
  }

  pause(): Promise<void> {
    return this.server.pause();
  }

  resume(): Promise<void> {
    return this.server.resume();
  }
}
