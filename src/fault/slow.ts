import { setTimeout as sleep } from 'node:timers/promises';
import { readable } from '../duration.ts';
import { now } from '../recording/clock.ts';
import type { App } from '../stack/app.ts';
import { appSubject, isApp } from './app-subject.ts';
import { DutyCycle, period } from './duty-cycle.ts';
import { type Fault, type LastingFault, type Look, lasting, suffering } from './fault.ts';
import type { PausableService } from './pause.ts';

/** What {@link slow} takes. */
export interface Slowness {
  /** The share of its speed that is left: `'10%'` or 0.1. From 1 % to 75 %. */
  readonly to: `${number}%` | number;
}

/** Rounds that a look takes, so that it sees several halts. */
const rounds = 4;
/** Milliseconds that a probe waits for an answer. */
const probeWithin = 500;

/**
 * The server, or the app, runs for a share of the time only, as on a machine that others use or whose CPU is throttled: all its processes are
 * stopped and let go on in turn, in rounds of 100 ms. So `{ to: '10%' }` is 10 ms of running and 90 ms of standing still: a second of work takes
 * ten, and a request that is quick waits 40 ms on average and 90 ms at most. Nothing is lost.
 * @throws TypeError when it is neither a service that runs as a server of the stack nor the app; RangeError when the share is not from 1 % to 75 %
 */
export function slow(subject: PausableService | App, { to }: Slowness): LastingFault {
  const share = shareOf(to);
  const halt = (1 - share) * period;
  const name = `${Math.round(100 * share)} %`;
  if (isApp(subject)) {
    return lasting({
      name: `slow(${subject.name}, ${name})`,
      kind: 'slow',
      subject: appSubject(subject),
      patience: (rounds + 1) * period,
      look: () => lookAtApp(subject, share),
      holds: ['process'],
      inject: () => DutyCycle.begin(subject, share),
    });
  }
  const service = suffering(subject, 'slow');
  return lasting({
    name: `slow(${service.name}, ${name})`,
    kind: 'slow',
    subject: service,
    patience: (rounds + 1) * period + probeWithin,
    look: () => lookAtService(service, halt),
    holds: ['wire', 'server'],
    inject: (): ReturnType<Fault['inject']> => DutyCycle.begin(service, share),
  });
}

/** One probe after the other: every halt holds one of them up. */
async function lookAtService(service: PausableService, halt: number): Promise<Look> {
  const waits: number[] = [];
  for (const until = now() + rounds * period; now() < until; ) {
    const sighting = await service.sight('proxy', probeWithin);
    if (!('after' in sighting)) return { seen: false, detail: `a probe was ${sighting.kind}` };
    waits.push(sighting.after);
    await sleep(halt / 4);
  }
  const held = waits.filter((wait) => wait >= halt / 2).length;
  const longest = readable(Math.max(...waits));
  return { seen: held >= 2, detail: `${held} of ${waits.length} probes were held up, by ${longest} at most` };
}

async function lookAtApp(app: App, share: number): Promise<Look> {
  const states: boolean[] = [];
  for (const until = now() + rounds * period; now() < until; await sleep(period / 20)) {
    states.push(app.state === 'paused');
  }
  const stopped = states.filter(Boolean).length / states.length;
  const detail = `the app's processes stood still for ${Math.round(100 * stopped)} % of the time`;
  return { seen: stopped >= (1 - share) / 2, detail };
}

function shareOf(to: Slowness['to']): number {
  const [, number] = /^(\d+(?:\.\d+)?)%$/.exec(String(to)) ?? [];
  const share = number === undefined ? to : Number(number) / 100;
  if (typeof share === 'number' && share >= 0.01 && share <= 0.75) return share;
  throw new RangeError(
    `slow(): the share of its speed that is left, { to }, must be from 1 % to 75 %, such as '10%' or 0.1; got ${JSON.stringify(to)}`,
  );
}
