import type { RedisService } from '../../stack/redis/redis.ts';
import { called } from '../called.ts';
import { type Fault, type LastingFault, type Look, lasting, throughProxy } from '../fault.ts';
import { unseen } from '../unseen.ts';
import { Pause, type PauseMode } from './pause-of-clients.ts';
import { sufferingRedis, toldOf, tryWrite } from './redis-session.ts';

/** Whom {@link pauseClients} keeps waiting. */
export interface PauseOptions {
  /** `all` (default): every command of everybody. `write`: what writes, publishes or runs a script; reads go on. */
  readonly mode?: PauseMode;
}

/** Milliseconds that a look waits for an answer that must not come. */
const patience = 300;

/**
 * Redis keeps its clients waiting (CLIENT PAUSE), as an administrator does for a failover: connections stay open, new ones are
 * accepted, and what is asked is carried out at the end, in its order, unless its client has left.
 * @throws TypeError when the service is no Redis, or there is no such mode
 */
export function pauseClients(service: RedisService, options: PauseOptions = {}): LastingFault {
  const { mode = 'all' } = options;
  const { name: target } = sufferingRedis(service, 'pauseClients');
  if (mode !== 'all' && mode !== 'write') {
    throw new TypeError(`pauseClients(${target}): mode must be 'all' or 'write'; got ${JSON.stringify(mode)}`);
  }
  return lasting({
    name: `pauseClients(${target}, ${mode})`,
    code: called('pauseClients', target, options),
    kind: 'pauseClients',
    ...(mode === 'all' ? everybody(service) : writers(service)),
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

/** A probe through the proxy has no answer, whatever else is done to the wire. */
function everybody(service: RedisService): Pick<Fault, 'subject' | 'holds' | 'patience' | 'look'> {
  return { ...throughProxy(service, patience, ({ kind }) => kind === 'silent'), holds: ['wire', 'server'] };
}

function writers(service: RedisService): Pick<Fault, 'subject' | 'holds' | 'patience' | 'look'> {
  const look = async (): Promise<Look> => {
    const answer = await tryWrite(service, patience);
    const reads = await service.sight('direct', patience);
    return {
      seen: answer === 'silent' && reads.kind === 'answered' && reads.ready,
      detail: `${toldOf(answer, patience)}, and PING was ${reads.kind}`,
    };
  };
  return { subject: service, holds: ['server'], patience: 2 * patience, look: () => look().catch(unseen) };
}
