import { type Recovery, recovery } from '../../analysis/recovery.ts';
import { readable } from '../../duration.ts';
import type { Recording, Window } from '../../recording/recording.ts';
import { healthyRecovery } from '../advice.ts';
import { holds } from '../bound.ts';
import { concluded } from '../conclude.ts';
import { faultsText } from '../evidence.ts';
import type { Judgement, Status } from '../judgement.ts';
import { recoveryMetric } from '../metric-names.ts';
import { closedLoopUnderFault } from '../validity.ts';

/**
 * Was the service as well as before within `bound` of the last fault's healing? A service that never degraded recovered in 0 s.
 * A run that ended sooner than that, unrecovered, cannot tell. One that came back and then was bad to the end of the run fails.
 * @param bound milliseconds
 * @param relation `<` for a target that must be undercut
 */
export function recoverWithin(recording: Recording, bound: number, relation: '<=' | '<' = '<='): Judgement {
  const seen = recovery(recording);
  const cases = [seen.afterBest, seen.afterWorst].map((after) => kept(after, seen, bound, relation));
  const [best, worst] = cases as [Status, Status];
  const relapsed = Number.isFinite(seen.relapsedFrom);
  const status = relapsed ? 'fail' : best === worst ? best : 'unknown';
  const value = status === 'fail' ? seen.afterBest : seen.afterWorst;
  const window = afterFaults(recording);
  return concluded({
    status,
    metric: recoveryMetric(recording),
    value,
    shown: relapsed ? `${recoveryText(value, seen)}, then relapsed` : recoveryText(value, seen),
    bound: `${relation} ${readable(bound)}`,
    samples: seen.bins.length,
    window,
    timed: true,
    doubt: relapsed ? undefined : doubtOf(recording, seen, bound, best, worst),
    facts: [
      relapsed
        ? `It went bad again ${readable(seen.relapsedFrom)} after healing and stayed so to the end of the run.`
        : '',
      seen.status === 'unmeasured' ? '' : sentence(seen.because),
      faultsText(recording.faults),
    ],
    advice: [healthyRecovery],
  });
}

/** The time to recover as a person reads it: `0 s`, `> 10.0 s` when the run ended unrecovered. */
export function recoveryText(after: number, seen: Pick<Recovery, 'observed'>): string {
  if (after === 0) return '0 s';
  if (after === Number.POSITIVE_INFINITY) return `> ${readable(seen.observed)}`;
  return Number.isNaN(after) ? 'not measured' : readable(after);
}

/** The window that recovery is about; the recording itself in a run without a fault. */
export function afterFaults(recording: Recording): Window {
  return recording.faults.length > 0 ? recording.after : recording;
}

function kept(after: number, seen: Recovery, bound: number, relation: '<=' | '<'): Status {
  if (Number.isNaN(after)) return 'unknown';
  if (after === Number.POSITIVE_INFINITY) return seen.observed >= bound ? 'fail' : 'unknown';
  return holds(after, relation, bound) ? 'pass' : 'fail';
}

function doubtOf(recording: Recording, seen: Recovery, bound: number, best: Status, worst: Status): string | undefined {
  if (recording.faults.length === 0) {
    return 'This run had no fault, so there is nothing to recover from: pass faults to run().';
  }
  const closed = closedLoopUnderFault(recording);
  if (closed) return closed;
  if (seen.status === 'unmeasured') return `Recovery could not be measured: ${seen.because}.`;
  if (best === worst && best !== 'unknown') return undefined;
  if (best === 'unknown' || worst === 'unknown') {
    return `The run ended ${readable(seen.observed)} after healing with the service not yet recovered, too soon to tell about ${readable(bound)}: let the load last until ${readable(bound)} after the fault's end, and a second or two more.`;
  }
  return `Recovery took between ${recoveryText(seen.afterBest, seen)} and ${recoveryText(seen.afterWorst, seen)}, depending on what the load generator missed.`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
