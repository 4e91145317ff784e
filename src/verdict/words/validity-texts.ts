import { readable } from '../../duration.ts';
import type { Status, Validity } from '../judgement.ts';
import { percentText } from '../percent.ts';
import { counted } from './evidence.ts';

/**
 * What the measurement was worth: in a few words where it was sound, with remedies where it was not. A failure stands
 * although the load generator fell short, because it was judged in the app's favour. A remedy is for what is unknown.
 */
export function validityText(validity: Validity, status: Status): string {
  return [
    samplesText(validity),
    sentText(validity),
    ownText(validity, status),
    busyText(validity, status),
    warmUpText(validity),
  ]
    .filter(Boolean)
    .join(' ');
}

function samplesText({ samples, needed }: Validity): string {
  if (needed === null || samples < needed) return '';
  return `Measured on ${counted(samples, 'sample')}, where ${needed.toLocaleString('en-US')} are enough.`;
}

/** Below this share of what was due the load was not sent as planned. */
const asPlanned = 0.999;

function sentText({ achieved, lag, saturated }: Validity): string {
  if (!lag) return '';
  const what =
    achieved === null || achieved >= asPlanned
      ? 'The load was sent as planned'
      : `The load generator sent ${percentText(achieved)} of what was due`;
  const kept =
    saturated > 0
      ? `; it held back ${counted(saturated, 'operation')} because the app left no room for more in flight`
      : '';
  return `${what}, ${lateText(lag)}${kept}.`;
}

/** Milliseconds up to which it says enough how late the last of it was. */
const hardly = 50;

function lateText({ p99, max }: { readonly p99: number; readonly max: number }): string {
  const most = `at most ${readable(max)} late`;
  return max <= hardly ? most : `${most} (99 % of it ${readable(p99)})`;
}

/** What the load generator itself did not do. */
function ownText({ stalled, unsent }: Validity, status: Status): string {
  const own = [
    stalled > 0 ? `stood still for ${readable(stalled)}` : '',
    unsent > 0 ? `could not send ${counted(unsent, 'operation')}` : '',
  ].filter(Boolean);
  if (own.length === 0) return '';
  const remedy = status === 'unknown' ? ': lower the rate, or run on a machine with a core to spare' : '';
  return `The load generator ${own.join(' and ')}, which is not held against the app${remedy}.`;
}

/** Above these shares of a core, or of all cores of the machine, what is slow may be slow for want of CPU. */
const full = { generator: 0.9, machine: 0.95 };

/** How busy the generator and the machine were, where that was too much. */
function busyText({ generator, machine = 0 }: Validity, status: Status): string {
  const machineText =
    machine > full.machine
      ? `All cores of the machine were busy for ${Math.round(100 * machine)} % of the time, so that times may be longer than elsewhere${status === 'unknown' ? ': end what else runs on it, or run on a larger one' : ''}.`
      : '';
  if (!generator || generator.cpu <= full.generator) return machineText;
  const { cpu, eventLoopDelay, processes } = generator;
  const whose = processes === 1 ? 'The load generator' : `The busiest of the load generator's ${processes} processes`;
  const own = `${whose} used ${percentText(cpu)} of a core (event loop late by up to ${readable(eventLoopDelay.max)}), so it may have measured its own slowness: spread arrivals over more processes ({ processes: ${processes + 1} }), or lower the rate.`;
  return [own, machineText].filter(Boolean).join(' ');
}

function warmUpText({ warmUp }: Validity): string {
  if (warmUp?.steady !== false) return '';
  return `The app was not steady after ${readable(warmUp.length)} of warm-up (medians of three windows within 10 % or 0.5 ms of each other), so it was still changing when the measurement began: let { until: 'steady', atMost } last longer, or find out what does not come to rest.`;
}
