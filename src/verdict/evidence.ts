import { errors } from '../analysis/errors.ts';
import { readable } from '../duration.ts';
import type { FaultRecord, Window } from '../recording/recording.ts';
import type { Validity } from './judgement.ts';
import { percentText } from './percent.ts';

/** A number with its noun: `1 operation`, `1,000 operations`. */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? noun : plural}`;
}

/** A time as a value of the table: a latency that never ended is `no answer`. */
export function timeText(ms: number): string {
  if (ms === Number.POSITIVE_INFINITY) return 'no answer';
  return Number.isNaN(ms) ? 'not measured' : readable(ms);
}

/** Best and worst case as one text; a range where they differ. */
export function rangeText(best: number, worst: number, text: (value: number) => string): string {
  const [low, high] = [text(Math.min(best, worst)), text(Math.max(best, worst))];
  return low === high ? low : `${low} to ${high}`;
}

/** The window as the end of a sentence: `over the whole run`, `during refuse(redis)`. */
export function over(window: { readonly name: string } | string): string {
  const name = typeof window === 'string' ? window : window.name;
  return name.startsWith('the ') ? `over ${name}` : name;
}

/** Errors of the window by category with their counts: `503 (200), timeout (43)`. */
export function categoriesText(byCategory: ReadonlyMap<string, number>): string {
  return [...byCategory].map(([category, count]) => `${category} (${count.toLocaleString('en-US')})`).join(', ');
}

/** How many operations of the window failed, and how. */
export function errorsText(window: Window): string {
  const { operations, errors: count, byCategory } = errors(window);
  const of = `of ${counted(operations, 'operation')} ${over(window)} failed`;
  if (count.worst === 0) return `None ${of}.`;
  const number =
    count.best === count.worst
      ? count.worst.toLocaleString('en-US')
      : `Between ${count.best.toLocaleString('en-US')} and ${count.worst.toLocaleString('en-US')}`;
  return `${number} ${of}: ${categoriesText(byCategory)}.`;
}

/** When the faults of a window were in effect, and how many of the app's connections they met. */
export function faultsText(faults: readonly FaultRecord[]): string {
  return faults
    .filter((fault) => Number.isFinite(fault.inEffectAt))
    .map((fault) => {
      const end = Number.isFinite(fault.healedAt) ? `to ${readable(fault.healedAt)}` : 'and was never healed';
      const met = counted(fault.bite.connectionsBefore, 'connection');
      const held = fault.serviceKind === 'app' ? '' : `; the app held ${met} to ${fault.service} before it`;
      return `${fault.name} was in effect from ${readable(fault.inEffectAt)} ${end}${held}.`;
    })
    .join(' ');
}

/** What the measurement was worth: samples against what is needed, and how the generator kept to its plan, with a remedy where it did not. */
export function validityText(validity: Validity): string {
  const { samples, needed, lag, achieved, saturated, unsent, stalled } = validity;
  const enough =
    needed !== null && samples >= needed
      ? `${samples.toLocaleString('en-US')} samples where ${needed.toLocaleString('en-US')} are needed`
      : '';
  const sent = achieved === null ? 'what was due' : `${percentText(achieved)} of what was due`;
  const own = [
    stalled > 0 ? `stood still for ${readable(stalled)}` : '',
    unsent > 0 ? `could not send ${counted(unsent, 'operation')}` : '',
  ].filter(Boolean);
  const deeds = [
    lag ? `sent ${sent}, ${lateText(lag)}` : '',
    saturated > 0 ? `held back ${counted(saturated, 'operation')} because the app left no room for more in flight` : '',
    own.length === 0
      ? ''
      : `${own.join(' and ')}, which is no fault of the app: lower the rate, or run on a machine with a core to spare`,
  ].filter(Boolean);
  const parts = [
    enough,
    deeds.length > 0 ? `the load generator ${deeds.join('; it ')}` : '',
    busyText(validity),
    warmUpText(validity),
  ].filter(Boolean);
  return parts.length > 0 ? capitalised(`${parts.join('; ')}.`) : '';
}

/** Above these shares of a core, or of all cores of the machine, what is slow may be slow for want of CPU. */
const saturated = { generator: 0.9, machine: 0.95 };

/** How busy the generator and the machine were, with a remedy where that was too much. */
function busyText({ generator, machine = 0 }: Validity): string {
  const full = machine > saturated.machine;
  const machineText = full
    ? `all cores of the machine were busy for ${percentText(machine)} of the time: end what else runs on it, or run on a larger one`
    : '';
  if (!generator) return machineText;
  const { cpu, eventLoopDelay, processes } = generator;
  const whose = processes === 1 ? 'it' : `the busiest of its ${processes} processes`;
  const used = `${whose} used ${percentText(cpu)} of a core, with an event loop that was ${delayText(eventLoopDelay)}`;
  const remedy =
    cpu > saturated.generator
      ? `, so that it may have measured its own slowness: spread arrivals over more of them ({ processes: ${processes + 1} }), or lower the rate`
      : '';
  return [`${used}${remedy}`, machineText].filter(Boolean).join('; ');
}

function delayText({ p99, max }: { readonly p99: number; readonly max: number }): string {
  return `late by ${readable(p99)} (p99), ${readable(max)} at most`;
}

function warmUpText({ warmUp }: Validity): string {
  if (warmUp?.steady === undefined) return '';
  const time = readable(warmUp.length);
  return warmUp.steady
    ? `the app was steady after ${time} of warm-up`
    : `the app was not steady after ${time} of warm-up (medians of three windows within 10 % or 0.5 ms of each other), so it was still changing when the measurement began: let { until: 'steady', atMost } last longer, or find out what does not come to rest`;
}

function lateText({ p99, max }: { readonly p99: number; readonly max: number }): string {
  const [most, all] = [readable(p99), readable(max)];
  return most === all
    ? `all of it at most ${all} late`
    : `99 % of it at most ${most} late and all of it at most ${all}`;
}

function capitalised(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
