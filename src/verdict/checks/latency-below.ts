import { errors } from '../../analysis/window/errors.ts';
import { latencies, percentile } from '../../analysis/window/latency.ts';
import { readable } from '../../duration.ts';
import type { Window } from '../../recording/recording.ts';
import { boundText, decided } from '../bound.ts';
import { concluded, nothingDue, tooFew } from '../conclude.ts';
import type { Judgement } from '../judgement.ts';
import { neededForPercentile } from '../samples.ts';
import { closedLoopUnderFault } from '../validity.ts';
import { healthy, meaningOf, remedies } from '../words/advice.ts';
import { counted, errorsText, faultsText, over, timeRangeText, timeText } from '../words/evidence.ts';
import { straddling, timeInterval, timeIntervalText } from '../words/intervals.ts';

/**
 * Is the percentile of the window's response times (done - due) below the bound? Needs 59 operations for p95, 299 for p99
 * (72 and 368 if `strict`). An error is no answer: it took its own time at least, and has no upper end.
 * @param bound milliseconds
 * @param strict whether the whole interval must keep the bound
 */
export function latencyBelow(window: Window, share: 0.95 | 0.99, bound: number, strict = false): Judgement {
  const metric = share === 0.95 ? 'p95' : 'p99';
  const needed = strict ? neededForPercentile(share, 0.025) : neededForPercentile(share);
  const inBestCase = latencies(window, 'best');
  const sorted = latencies(window, 'worst');
  const best = percentile(inBestCase, share);
  const worst = percentile(sorted, share);
  const interval = timeInterval(inBestCase, sorted, share);
  const { operations, errors: count } = errors(window);
  const status = decided(best, worst, '<', bound);
  const seen = `${counted(operations, 'operation')} ${over(window)}: median ${timeText(percentile(sorted, 0.5))}, p95 ${timeText(percentile(sorted, 0.95))}, p99 ${timeText(percentile(sorted, 0.99))}, slowest ${timeText(percentile(sorted, 1))}.`;
  return concluded({
    status,
    metric,
    value: status === 'fail' ? best : worst,
    interval,
    shown: timeRangeText(best, worst),
    bound: boundText(`< ${readable(bound)}`, strict),
    samples: operations,
    needed,
    window,
    timed: true,
    doubt:
      closedLoopUnderFault(window) ??
      nothingDue(window, operations) ??
      tooFew(operations, needed, `a ${metric} whose 95 % ${strict ? 'interval' : 'upper limit'} is finite`) ??
      (strict ? straddling(interval, '<', bound) : undefined) ??
      (status === 'unknown' ? unanswered(window, share) : undefined),
    certainty: timeIntervalText(interval),
    facts: [operations > 0 ? seen : '', count.worst > 0 ? errorsText(window) : '', faultsText(window.faults)],
    advice: [meaningOf(window), window.faults.length > 0 ? healthy(window) : remedies.latency],
  });
}

/** Why a percentile has no upper end: errors are among the slowest. Undefined where it has one, or where no operation that is said to have ended does. */
export function unanswered(window: Window, share: number): string | undefined {
  const { operations, errors: count } = errors(window);
  const [best, worst] = (['best', 'worst'] as const).map((which) => percentile(latencies(window, which), share));
  if (worst !== Number.POSITIVE_INFINITY || best === worst || count.best === 0) return undefined;
  return `${count.best.toLocaleString('en-US')} of ${counted(operations, 'operation')} failed, and an error is no answer: that one would have come within ${timeText(best ?? Number.NaN)} is not known.`;
}
