import { type ByteSize, parseByteSize as bytesOf, formatBytes } from '../../stack/byte-size.ts';
import type { Service, ToxicOrder } from '../../stack/service.ts';
import { writeCall } from '../code.ts';
import { type Fault, type MomentaryFault, momentary, throughProxy } from '../fault.ts';
import { addToxics, cutAll, orderBothWays, requireAnswers, requireTransfer } from './wire.ts';

/** When connections are reset. */
export interface ResetOptions {
  /**
   * Bytes of replies that each connection still gets, counted from the fault's begin; the last reply is cut in its
   * middle. With 0 a connection ends at the first byte of a reply, which does not arrive: the request was carried out.
   * At most 10 MB. Default: connections end at once, before any request arrives.
   */
  readonly afterBytes?: ByteSize;
}

const most = 10_000_000;
const kind = 'reset';

/**
 * Connections are reset (RST, ECONNRESET).
 *
 * Without options open connections end when the fault begins. A new one ends as soon as anything is sent on it, which
 * does not reach the service. `reset(redis).at('5s')` ends them once. With `afterBytes` connections live until they
 * have got that many bytes of replies.
 *
 * Connections from before the fault end with a FIN: a Toxiproxy can reset only those that were opened during the fault.
 * A client that is in the middle of reading may see an end as well.
 * @throws TypeError when the size is not a size, or the service's answers are not known or too small to show the fault;
 *   RangeError when the size is over 10 MB
 */
export function reset(service: Service, options: ResetOptions = {}): MomentaryFault {
  const { name } = requireAnswers(service, kind);
  const { afterBytes } = options;
  if (afterBytes === undefined) {
    return momentary({
      name: `reset(${name})`,
      kind,
      ...throughProxy(service, 300, (sighting) => sighting.kind === 'cut'),
      ...addToxics(service, orderBothWays(kind, 'reset_peer', { timeout: 0 }), () => cutAll(service)),
    });
  }
  const limit = afterBytes === 0 ? 0 : bytesOf(afterBytes, `reset(${name}) afterBytes`);
  if (limit > most) {
    throw new RangeError(`reset(${name}): afterBytes must be at most 10 MB; got ${JSON.stringify(afterBytes)}`);
  }
  return momentary({
    name: `reset(${name}, after ${limit < 1_000 ? `${limit} B` : formatBytes(limit)})`,
    code: writeCall('reset', name, options),
    kind,
    ...(limit === 0 ? throughProxy(service, 300, ({ kind }) => kind === 'cut') : lookAtTransfer(service, limit)),
    ...addToxics(service, limit === 0 ? [atReply] : [...marked, limitReplies(limit)]),
  });
}

const atReply: ToxicOrder = {
  name: 'reset_reset_peer',
  type: 'reset_peer',
  stream: 'downstream',
  attributes: { timeout: 0 },
};

/** Acts on no connection, and yet connections that are opened while it is there end with a reset. */
const marked: readonly ToxicOrder[] = [{ ...atReply, toxicity: 0 }];

const limitReplies = (bytes: number): ToxicOrder => ({
  name: 'reset_limit_data',
  type: 'limit_data',
  stream: 'downstream',
  attributes: { bytes },
});

function lookAtTransfer(service: Service, limit: number): Pick<Fault, 'subject' | 'patience' | 'look'> {
  const transfer = requireTransfer(service, kind);
  const patience = 1_000;
  return {
    subject: service,
    patience,
    async look() {
      const seen = await transfer(limit + 1, patience);
      return { seen: seen.kind === 'cut', detail: `an answer of ${limit + 1} bytes came ${came[seen.kind]}` };
    },
  };
}

const came = { whole: 'whole', cut: 'to its cut', silent: 'not within the time' } as const;
