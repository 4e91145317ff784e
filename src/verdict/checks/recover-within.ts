import { neverAgain } from '../../analysis/recovery/never-again.ts';
import { type Recovery, recovery } from '../../analysis/recovery/recovery.ts';
import { errors } from '../../analysis/window/errors.ts';
import { readable } from '../../duration.ts';
import type { Recording, Window } from '../../recording/recording.ts';
import { holds } from '../bound.ts';
import { concluded } from '../conclude.ts';
import type { Judgement, Status } from '../judgement.ts';
import { recoveryMetric } from '../metric-names.ts';
import { closedLoopUnderFault } from '../validity.ts';
import { healthyRecovery, meaningOf } from '../words/advice.ts';
import { errorsText, faultsText } from '../words/evidence.ts';
import { recoveryText, signalsText } from '../words/recovery-texts.ts';

/**
 * Was the service as well as before within `bound` of the last fault's healing: goodput, errors and p99, and where the run has a probe named `backlog`, that was
 * drained too? A service that never degraded recovered in 0 s.
 * A run that ended sooner than that, unrecovered, cannot tell. One that came back and then was bad to the end of the run fails.
 * @param bound milliseconds
 * @param relation `<` for a target that must be undercut
 */
export function recoverWithin(recording: Recording, bound: number, relation: '<=' | '<' = '<='): Judgement {
  const measured = recovery(recording);
  const gone = measured.status === 'unmeasured' ? neverAgain(recording) : undefined;
  const seen = gone === undefined ? measured : neverBack(measured, gone);
  const cases = [seen.afterBest, seen.afterWorst].map((after) => cameBackWithin(after, seen, bound, relation));
  const [best, worst] = cases as [Status, Status];
  const relapsed = Number.isFinite(seen.relapsedFrom);
  const status = relapsed ? 'fail' : best === worst ? best : 'unknown';
  const value = status === 'fail' ? seen.afterBest : seen.afterWorst;
  const window = afterFaults(recording);
  const { errors: count } = errors(window);
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
      signalsText(seen),
      count.worst > 0 ? errorsText(window) : '',
      faultsText(recording.faults),
    ],
    advice: [meaningOf(window), healthyRecovery],
  });
}

/** A recovery of which nothing can be measured but that there was none for so long. */
function neverBack(unmeasured: Recovery, observed: number): Recovery {
  const never = Number.POSITIVE_INFINITY;
  const because = 'not one operation went well from the healing to the end of the load';
  return { ...unmeasured, status: 'not-recovered', afterBest: never, afterWorst: never, observed, because };
}

/** The window that recovery is about; the recording itself in a run without a fault. */
export function afterFaults(recording: Recording): Window {
  return recording.faults.length > 0 ? recording.after : recording;
}

/**
 * Whether what came back so long after the healing did so in time. What had not come back when the run ended fails only if it lasted so long that it could no longer
 * come back in time: the next bin would begin at `observed`.
 * @param after milliseconds; +Infinity if it never came back
 */
export function cameBackWithin(
  after: number,
  seen: Pick<Recovery, 'observed'>,
  bound: number,
  relation: '<=' | '<',
): Status {
  if (Number.isNaN(after)) return 'unknown';
  if (after === Number.POSITIVE_INFINITY) return holds(seen.observed, relation, bound) ? 'unknown' : 'fail';
  return holds(after, relation, bound) ? 'pass' : 'fail';
}

/** Why nothing is known of the recovery of a run. Undefined when it was measured. */
export function unmeasuredText(recording: Recording, seen: Recovery): string | undefined {
  if (recording.faults.length === 0) {
    return 'This run had no fault, so there is nothing to recover from: pass faults to run().';
  }
  const closed = closedLoopUnderFault(recording);
  if (closed) return closed;
  return seen.status === 'unmeasured' ? `Recovery could not be measured: ${seen.because}.` : undefined;
}

function doubtOf(recording: Recording, seen: Recovery, bound: number, best: Status, worst: Status): string | undefined {
  const unmeasured = unmeasuredText(recording, seen);
  if (unmeasured) return unmeasured;
  if (best === worst && best !== 'unknown') return undefined;
  if (best === 'unknown' || worst === 'unknown') {
    return `The run ended ${readable(seen.observed)} after healing with the service not yet recovered, too soon to tell about ${readable(bound)}: let the load last until ${readable(bound)} after the fault's end, and a second or two more.`;
  }
  return `Recovery took between ${recoveryText(seen.afterBest, seen)} and ${recoveryText(seen.afterWorst, seen)}, depending on what the load generator missed.`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
