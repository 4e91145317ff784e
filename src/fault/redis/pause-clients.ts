import { connect, type Socket } from 'node:net';
import { ownName } from '../../stack/clients/sighting.ts';
import type { RedisService } from '../../stack/redis/redis.ts';
import { writeCall } from '../code.ts';
import { type Fault, type LastingFault, type Look, lasting, throughProxy } from '../fault.ts';
import { reportUnseen } from '../unseen.ts';
import { describeAnswer, portOf, requireRedisService, tryWrite } from './redis-session.ts';

/** Which clients CLIENT PAUSE keeps waiting. */
type PauseMode = 'all' | 'write';

/** Which clients {@link pauseClients} keeps waiting. */
export interface PauseOptions {
  /** `all` (default): every command. `write`: commands that write, publish or run a script; reads go on. */
  readonly mode?: PauseMode;
}

/** Time (ms) for which a look waits for an answer that must not come. */
const patience = 300;

/**
 * Redis keeps its clients waiting (CLIENT PAUSE), as before a planned failover. Connections stay open and new ones are
 * accepted. At the end the waiting commands are carried out in their order, except those of clients that left.
 * @throws TypeError when the service is not Redis, or the mode is another
 */
export function pauseClients(service: RedisService, options: PauseOptions = {}): LastingFault {
  const { mode = 'all' } = options;
  const { name: target } = requireRedisService(service, 'pauseClients');
  if (mode !== 'all' && mode !== 'write') {
    throw new TypeError(`pauseClients(${target}): mode must be 'all' or 'write'; got ${JSON.stringify(mode)}`);
  }
  return lasting({
    name: `pauseClients(${target}, ${mode})`,
    code: writeCall('pauseClients', target, options),
    kind: 'pauseClients',
    ...(mode === 'all' ? watchEverybody(service) : watchWriters(service)),
    async inject(signal) {
      const pause = await Pause.begin(service, mode);
      if (signal.aborted) {
        await pause[Symbol.asyncDispose]();
        throw signal.reason;
      }
      return pause;
    },
  });
}

/** A probe through the proxy gets no answer. So does a probe during a fault of the wire, hence both are held. */
function watchEverybody(service: RedisService): Pick<Fault, 'subject' | 'holds' | 'patience' | 'look'> {
  return { ...throughProxy(service, patience, ({ kind }) => kind === 'silent'), holds: ['wire', 'server'] };
}

function watchWriters(service: RedisService): Pick<Fault, 'subject' | 'holds' | 'patience' | 'look'> {
  const look = async (): Promise<Look> => {
    const answer = await tryWrite(service, patience);
    const reads = await service.sight('direct', patience);
    return {
      seen: answer === 'silent' && reads.kind === 'answered' && reads.ready,
      detail: `${describeAnswer(answer, patience)}, and PING was ${reads.kind}`,
    };
  };
  return { subject: service, holds: ['server'], patience: 2 * patience, look: () => look().catch(reportUnseen) };
}

/**
 * Time (ms) for which Redis is told to pause. It is told again long before that is over. If our process dies, Redis
 * goes on by itself.
 */
const lease = 10_000;
const renewEvery = 1_000;
const answersWithin = 5_000;

/**
 * A pause of a server's clients that lasts until it is disposed.
 *
 * A paused client can't end the pause, not even the client that began it. A client that has said MONITOR is never
 * paused, because Redis counts it among the replicas (5 to 8 do, and Valkey), and it may still send commands. It hears
 * every command that is carried out, which is none in a pause of all. For a pause of writes a plain client will do.
 */
class Pause implements AsyncDisposable {
  readonly #port: number;
  readonly #socket: Socket;
  readonly #mode: PauseMode;
  readonly #asked: PromiseWithResolvers<void>[] = [];
  #heard = '';
  #broken: Error | undefined;
  #renewing: NodeJS.Timeout | undefined;

  private constructor(port: number, mode: PauseMode) {
    this.#port = port;
    this.#mode = mode;
    this.#socket = connect({ host: '127.0.0.1', port, noDelay: true });
    this.#socket.setEncoding('latin1');
    this.#socket.on('data', (text: string) => this.#hear(text));
    this.#socket.on('error', (error) => this.#break(error));
    this.#socket.on('close', () => this.#break(new Error('Redis closed our connection that paused its clients')));
  }

  /** Resolves when its clients are paused. @throws Error when Redis refuses, or does not answer within 5 s */
  static async begin(service: RedisService, mode: PauseMode): Promise<Pause> {
    const pause = new Pause(portOf(service), mode);
    try {
      await pause.#say(`CLIENT SETNAME ${ownName}`);
      if (mode === 'all') await pause.#say('MONITOR');
      await pause.#hold();
    } catch (error) {
      await pause[Symbol.asyncDispose]();
      throw error;
    }
    // A failure is seen by the looks, and thrown by the healing.
    pause.#renewing = setInterval(() => void pause.#hold().catch(() => undefined), renewEvery);
    return pause;
  }

  /** @throws Error when Redis refuses to go on; it does so by itself within ten seconds */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#renewing);
    try {
      if (this.#broken === undefined) await this.#say('CLIENT UNPAUSE');
      else await new Pause(this.#port, this.#mode).#endPauseOfAnother();
    } finally {
      this.#socket.destroy();
    }
  }

  /**
   * Ends the pause from another connection. That one may be paused itself, and is answered at the latest when the pause
   * has run out.
   */
  async #endPauseOfAnother(): Promise<void> {
    try {
      await this.#say('CLIENT UNPAUSE', lease + answersWithin);
    } catch (error) {
      // A server that is gone has no paused clients.
      if (this.#broken === undefined) throw error;
    } finally {
      this.#socket.destroy();
    }
  }

  #hold(): Promise<void> {
    return this.#say(`CLIENT PAUSE ${lease} ${this.#mode}`);
  }

  /** @param within milliseconds */
  #say(command: string, within = answersWithin): Promise<void> {
    if (this.#broken) return Promise.reject(this.#broken);
    const asked = Promise.withResolvers<void>();
    const timer = setTimeout(
      () => asked.reject(new Error(`Redis did not answer ${command} within ${within} ms`)),
      within,
    );
    this.#asked.push(asked);
    this.#socket.write(`${command}\r\n`);
    return asked.promise.finally(() => clearTimeout(timer));
  }

  #hear(text: string): void {
    const lines = (this.#heard + text).split('\r\n');
    this.#heard = lines.pop() ?? '';
    for (const line of lines) {
      if (line === '+OK') this.#asked.shift()?.resolve();
      else if (line.startsWith('-')) this.#asked.shift()?.reject(new Error(`Redis refused to pause: ${line.slice(1)}`));
      // Any other line reports a command of another client, to MONITOR.
    }
  }

  #break(error: Error): void {
    this.#broken ??= error;
    for (const { reject } of this.#asked.splice(0)) reject(this.#broken);
  }
}
