import { measureDelivery } from '../analysis/window/delivery.ts';
import { findSeries, summarizeSeries } from '../analysis/window/series.ts';
import { readable } from '../duration.ts';
import type { FaultRecord, Window } from '../recording/recording.ts';
import type { Validity } from './judgement.ts';

/**
 * What a measurement in this window was worth.
 * @param samples that its value rests on
 * @param needed samples that the statistic needs, where there is such a number
 */
export function assessValidity(window: Window, samples: number, needed?: number): Validity {
  const { loop, health, warmUp } = window.recording.generator;
  const machine = machineBusy(window);
  const { due, sent, saturated, unsent, lag, stalled } = measureDelivery(window);
  return {
    lag: loop === 'closed' || sent === 0 ? null : lag,
    achieved: loop === 'open' && due > 0 ? sent / due : null,
    saturated,
    unsent,
    stalled,
    samples,
    needed: needed ?? null,
    ...(health && { generator: health }),
    ...(machine !== undefined && { machine }),
    ...(warmUp && { warmUp }),
  };
}

/** Share of the machine's cores that were busy in the window; undefined where that was not observed. */
function machineBusy(window: Window): number | undefined {
  const [cpu, cores] = ['cpu', 'cores'].map((name) => {
    const series = findSeries(window.recording, 'machine', name);
    return series ? summarizeSeries(series, window).mean : Number.NaN;
  }) as [number, number];
  const share = cpu / 100 / cores;
  return Number.isFinite(share) ? Math.min(1, share) : undefined;
}

/**
 * Why this part of the run proves nothing about the app, whatever was measured in it: a fault that was not felt.
 * Undefined when there is no such reason. Witnesses (a lost key, two winners) count all the same.
 */
export function explainUnfelt(window: Window): string | undefined {
  for (const fault of window.faults) {
    const reason = explainUnfeltFault(fault) ?? explainTooLate(fault, window.recording.duration);
    if (reason) return reason;
  }
  return undefined;
}

/**
 * Why error rates, percentiles and recovery cannot be judged on this window: a closed loop waits for its answers, so
 * that during an outage it measures as many failures as it has connections. Undefined when they can.
 */
export function explainClosedLoop(window: Window): string | undefined {
  const { generator, faults } = window.recording;
  if (generator.loop !== 'closed' || !faults.some((fault) => !(fault.inEffectAt >= window.to))) return undefined;
  const connections = generator.connections === undefined ? 'its' : `its ${generator.connections}`;
  return (
    `${generator.load} is a closed loop: while ${faults.map((fault) => fault.name).join(' and ')} lasts, each of ${connections} ` +
    'connections waits for its answer and sends nothing more, so an outage shows as a handful of errors and good percentiles. ' +
    'Use arrivals({ rate, duration, request }) in a run with a fault: it sends when a request is due, whatever the app does.'
  );
}

function explainUnfeltFault(fault: FaultRecord): string | undefined {
  const { name, service, bite } = fault;
  const seen = bite.detail ? ` (${bite.detail})` : '';
  if (!Number.isFinite(fault.inEffectAt)) {
    return `${name} never took effect${describeAsked(fault)}${seen}: the run ended before it, or the fault could not be injected. Let the load last longer than the fault's end.`;
  }
  if (bite.connectionsBefore === 0) {
    if (fault.serviceKind === 'app') return `${name} was not felt: just before it the app did not run${seen}.`;
    return (
      `${name} was not felt: just before it the app held no connection to ${service}${seen}, so nothing shows that the app depends on it. ` +
      `Give the app ${service}.url (the address through the fault proxy) and send requests that use ${service} before the fault begins.`
    );
  }
  if (fault.serviceKind === 'app' && !bite.seenAtStart) {
    return `${name} was not felt: the process table did not show it when it began${seen}. See that nothing else starts or stops the app.`;
  }
  if (!bite.seenAtStart) {
    return `${name} was not felt: a probe through the proxy did not see it when it began${seen}. Look for another server behind ${service}'s port, and run breaking-point doctor.`;
  }
  if (!Number.isFinite(fault.healedAt)) {
    return `${name} was never healed${seen}: the run ended before it. Let the load last longer than the fault's end.`;
  }
  if (!bite.seenBeforeEnd) {
    return `${name} did not last: a probe through the proxy no longer saw it just before its end${seen}. See that nothing else heals ${service} meanwhile, and let the fault last 3 s or more.`;
  }
  return undefined;
}

/** Of a load without a planned end, which no schedule can be checked against. */
function explainTooLate({ name, inEffectAt }: FaultRecord, end: number): string | undefined {
  if (inEffectAt < end) return undefined;
  return `${name} came at ${readable(inEffectAt)}, when the load had ended (after ${readable(end)}): let it begin sooner, or the load last longer.`;
}

function describeAsked(fault: FaultRecord): string {
  return Number.isFinite(fault.askedAt) ? ` (asked for at ${readable(fault.askedAt)})` : '';
}
