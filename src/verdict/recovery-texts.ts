import type { Recovery } from '../analysis/recovery.ts';
import type { SignalRecovery } from '../analysis/recovery-signals.ts';
import { readable } from '../duration.ts';
import { counted } from './evidence.ts';

/** The time to recover as a person reads it: `0 s`, `> 10.0 s` when the run ended unrecovered. */
export function recoveryText(after: number, seen: Pick<Recovery, 'observed'>): string {
  if (after === 0) return '0 s';
  if (after === Number.POSITIVE_INFINITY) return `> ${readable(seen.observed)}`;
  return Number.isNaN(after) ? 'not measured' : readable(after);
}

/** When each signal came back for itself, which was last, and what the outage cost. Empty where nothing degraded or nothing was measured. */
export function signalsText({ status, signals, timeToDegrade, lostGoodput, relapses }: Recovery): string {
  const degraded = signals.filter((signal) => signal.status !== 'never-degraded');
  if (status === 'unmeasured' || degraded.length === 0) return '';
  const each = degraded.map(
    (signal) => `${labelOf(signal)} ${recoveryText(signal.afterWorst, signal)}${levelText(signal)}`,
  );
  const unharmed = signals.filter((signal) => signal.status === 'never-degraded').map(labelOf);
  const cost = [
    degradedText(timeToDegrade),
    lostGoodput >= 1 ? `${counted(Math.round(lostGoodput), 'operation')} fewer than usual went well` : '',
    relapses > 0 ? `it went bad again ${counted(relapses, 'time')}` : '',
  ].filter(Boolean);
  return [
    `Back after the fault was lifted: ${each.join(', ')}${unharmed.length > 0 ? `; never degraded: ${unharmed.join(', ')}` : ''}.`,
    lastText(degraded),
    cost.length > 0 ? `${capitalised(listed(cost))}.` : '',
  ]
    .filter(Boolean)
    .join(' ');
}

function degradedText(time: number): string {
  if (Number.isNaN(time)) return '';
  return time === 0 ? 'it degraded at once' : `it degraded ${readable(time)} after the fault took effect`;
}

/** A signal's name for people: `p99`, `pool of postgres`. */
export function labelOf({ kind, service }: Pick<SignalRecovery, 'kind' | 'service'>): string {
  return kind === 'pool' ? `pool of ${service}` : kind;
}

function levelText({ kind, level }: SignalRecovery): string {
  if (!level) return '';
  if (kind === 'backlog') return Number.isNaN(level.back) ? '' : ` (to ${level.back} or less)`;
  const before = level.before === undefined || level.before === level.back ? '' : `, ${level.before} before`;
  return ` (${counted(level.back, 'connection')}${before})`;
}

/** Which came last, where one did. What never came back is last of all. */
function lastText(degraded: readonly SignalRecovery[]): string {
  const never = degraded.filter(({ afterWorst }) => afterWorst === Number.POSITIVE_INFINITY);
  if (never.length > 0) return `${capitalised(listed(never.map(labelOf)))} did not come back while the run lasted.`;
  const latest = Math.max(...degraded.map(({ afterWorst }) => afterWorst));
  const last = degraded.filter(({ afterWorst }) => afterWorst === latest);
  return degraded.length > 1 && last.length === 1 ? `${capitalised(listed(last.map(labelOf)))} came last.` : '';
}

function listed(names: readonly string[]): string {
  return names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${names.at(-1)}` : (names[0] ?? '');
}

function capitalised(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
