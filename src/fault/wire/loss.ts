import { readable } from '../../duration.ts';
import type { Service } from '../../stack/service.ts';
import { writeCall } from '../code.ts';
import { type LastingFault, type Look, lasting } from '../fault.ts';
import { reportUnseen } from '../unseen.ts';
import { addToxics, orderBothWays, requireAnswers } from './wire.ts';

/** What {@link loss} takes. */
export interface LossOptions {
  /** The share of packets that are lost, in each direction: `'10%'` or 0.1. From 1 % to 50 %. */
  readonly share: `${number}%` | number;
}

/**
 * Time (ms) until a lost packet is sent again for the first time: `TCP_RTO_MIN` of Linux, as for a near server.
 */
const retransmission = 200;
/** Maximum time (ms) of a look, and of one of its probes. */
const looks = 1_000;
const patience = 2 * retransmission;
/**
 * Chance that a look meets no loss although there is some. It decides how often a look asks: a few dozen times for 10
 * %.
 */
const missed = 1e-6;

/**
 * A share of the packets between a service and its clients is lost, at random. TCP sends them again, so no byte is
 * missing: a lost packet comes 200 ms later, lost twice 600 ms later, then 1.4 s later. What is sent behind it on its
 * connection waits too. A question can be lost, and so can its answer.
 *
 * Only packets that no other follows are lost. TCP repairs a loss in the middle of a long answer within a round trip,
 * so that is left out. So are packets that open a connection, whose loss would take a second:
 * {@link connectHang}.
 * @throws TypeError when the proxy in front of the service is a Toxiproxy, which has no such toxic, or only a connect
 *   can be seen of the service; RangeError when the share is not from 1 % to 50 %
 */
export function loss(service: Service, options: LossOptions): LastingFault {
  const { name: target, proxy } = requireAnswers(service, 'loss');
  const permille = Math.round(1_000 * shareOf(options?.share, target));
  if (!proxy.ours) {
    throw new TypeError(
      `loss(${target}): the proxy in front of ${target} is a Toxiproxy, which can't lose one packet of many; run with BREAKING_POINT_RUNTIME=embedded`,
    );
  }
  return lasting({
    name: `loss(${target}, ${permille / 10} %)`,
    code: writeCall('loss', target, options),
    kind: 'loss',
    subject: service,
    patience: looks + patience,
    look: () => look(service, Math.ceil(Math.log(missed) / (2 * Math.log(1 - permille / 1_000)))).catch(reportUnseen),
    ...addToxics(service, orderBothWays('loss', 'loss', { permille, timeout: retransmission })),
  });
}

/** Asks until an answer is late by a retransmission. @param most questions */
async function look(service: Service, most: number): Promise<Look> {
  const deadline = performance.now() + looks;
  for (let asked = 1; ; asked++) {
    // Side by side with one that nothing is lost of, for a busy machine is late as well.
    const [sighting, direct] = await Promise.all([service.sight('proxy', patience), service.sight('direct', patience)]);
    const late = sighting.kind === 'silent' || (sighting.kind === 'answered' && sighting.after >= retransmission - 1);
    if (late && direct.kind === 'answered' && direct.after < retransmission / 2) {
      return { seen: true, detail: `of ${asked} probes one was late by ${readable(sighting.after)}` };
    }
    if (sighting.kind !== 'answered' && !late) return { seen: false, detail: `a probe was ${sighting.kind}` };
    if (asked >= most || performance.now() > deadline)
      return { seen: false, detail: `none of ${asked} probes was late` };
  }
}

function shareOf(share: LossOptions['share'] | undefined, target: string): number {
  const [, percent] = /^(\d+(?:\.\d+)?)%$/.exec(String(share)) ?? [];
  const value = percent === undefined ? share : Number(percent) / 100;
  if (typeof value === 'number' && value >= 0.01 && value <= 0.5) return value;
  throw new RangeError(
    `loss(${target}): the share of packets that are lost must be from 1 % to 50 %, such as '10%' or 0.1; got ${JSON.stringify(share)}`,
  );
}
