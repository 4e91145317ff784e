import type { Recovery } from '../../analysis/recovery/recovery.ts';
import type { SignalRecovery } from '../../analysis/recovery/recovery-signals.ts';
import { readable } from '../../duration.ts';
import { counted } from './evidence.ts';

/** The time to recover as a person reads it: `0 s`, `> 10.0 s` when the run ended unrecovered. */
export function recoveryText(after: number, seen: Pick<Recovery, 'observed'>): string {
  if (after === 0) return '0 s';
  if (after === Number.POSITIVE_INFINITY) return `> ${readable(seen.observed)}`;
  return Number.isNaN(after) ? 'not measured' : readable(after);
}

/** Causes before their effects. */
const causes: readonly SignalRecovery['kind'][] = ['pool', 'backlog', 'goodput', 'errors', 'p99'];

/** When each signal came back for itself, and what the outage cost. Empty where nothing degraded or was measured. */
export function signalsText({ status, signals: unordered, timeToDegrade, lostGoodput, relapses }: Recovery): string {
  const signals = unordered.toSorted((one, other) => causes.indexOf(one.kind) - causes.indexOf(other.kind));
  const degraded = signals.filter((signal) => signal.status !== 'never-degraded');
  if (status === 'unmeasured' || degraded.length === 0) return '';
  const missing = degraded.filter(({ afterWorst }) => afterWorst === Number.POSITIVE_INFINITY);
  const back = degraded.filter((signal) => !missing.includes(signal)).map((one) => `${nameOf(one)} ${afterText(one)}`);
  const unharmed = signals.filter((signal) => signal.status === 'never-degraded').map(nameOf);
  const cost = [
    degradedText(timeToDegrade),
    lostGoodput >= 1 ? `${counted(Math.round(lostGoodput), 'operation')} fewer than usual went well` : '',
    relapses > 0 ? `it went bad again ${counted(relapses, 'time')}` : '',
  ].filter(Boolean);
  return [
    missing.length > 0 ? `Not back when the run ended: ${listed(missing.map(nameOf))}.` : '',
    back.length > 0 ? `Back to normal after the fault: ${listed(back)}.` : '',
    unharmed.length > 0 ? `Never worse than before: ${listed(unharmed)}.` : '',
    cost.length > 0 ? `${capitalised(listed(cost))}.` : '',
  ]
    .filter(Boolean)
    .join(' ');
}

/** Milliseconds up to which nobody would tell the difference. */
const atOnce = 100;

function degradedText(time: number): string {
  if (Number.isNaN(time)) return '';
  return time < atOnce ? 'it got worse at once' : `it got worse ${readable(time)} after the fault began`;
}

function afterText(signal: SignalRecovery): string {
  const { afterWorst } = signal;
  if (Number.isNaN(afterWorst)) return 'was not measured';
  return afterWorst === 0 ? 'at once' : `after ${readable(afterWorst)}`;
}

/** A signal's name for people: `p99`, `pool of postgres`. */
export function labelOf({ kind, service }: Pick<SignalRecovery, 'kind' | 'service'>): string {
  return kind === 'pool' ? `pool of ${service}` : kind;
}

/**
 * What is back or not, with what counts as back: `ok answers`, `connections to postgres (3 or more)`. No number where
 * connections of our own are counted.
 */
function nameOf({ kind, service, level, hasOurs }: SignalRecovery): string {
  const names = {
    goodput: 'ok answers',
    errors: 'error rate',
    p99: 'p99',
    backlog: 'backlog',
    pool: `connections to ${service}`,
  };
  return `${names[kind]}${level && !hasOurs && !Number.isNaN(level.back) ? levelText(kind, level) : ''}`;
}

function levelText(kind: SignalRecovery['kind'], { back, before }: NonNullable<SignalRecovery['level']>): string {
  if (kind === 'backlog') return ` (${back} or less)`;
  return ` (${back} or more${before === undefined || before === back ? '' : `, ${before} before`})`;
}

function listed(names: readonly string[]): string {
  return names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${names.at(-1)}` : (names[0] ?? '');
}

function capitalised(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
