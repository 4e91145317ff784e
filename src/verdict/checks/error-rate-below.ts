import { errors } from '../../analysis/errors.ts';
import type { Window } from '../../recording/recording.ts';
import { healthy, meaningOf } from '../advice.ts';
import { decided } from '../bound.ts';
import { concluded, nothingDue, tooFew } from '../conclude.ts';
import { errorsText, faultsText, rangeText } from '../evidence.ts';
import type { Judgement } from '../judgement.ts';
import { errorRateMetric } from '../metric-names.ts';
import { percentText, toPercent } from '../percent.ts';
import { neededForShare } from '../samples.ts';
import { closedLoopUnderFault } from '../validity.ts';

/**
 * Are fewer than `share` of the window's operations errors (failed or unknown)? Needs 3 / share operations.
 * @param share above 0, at most 1
 */
export function errorRateBelow(window: Window, share: number): Judgement {
  const seen = errors(window);
  const status = decided(seen.share.best, seen.share.worst, '<', share);
  return concluded({
    ...shareOfOperations(window, share, `a bound of ${percentText(share)}`),
    status,
    metric: errorRateMetric(window),
    value: toPercent(status === 'fail' ? seen.share.best : seen.share.worst),
    shown: rangeText(seen.share.best, seen.share.worst, percentText),
    bound: `< ${percentText(share)}`,
  });
}

/**
 * Are more than `share` of the window's operations ok? Needs 3 / (1 - share) operations.
 * @param share from 0 to below 1
 * @param metric the name of the success rate in the metrics table: availability, or success after an outage
 */
export function successAbove(window: Window, share: number, metric: string): Judgement {
  const { operations, errors: count } = errors(window);
  const [best, worst] = [(operations - count.best) / operations, (operations - count.worst) / operations];
  const status = decided(best, worst, '>', share);
  return concluded({
    ...shareOfOperations(window, 1 - share, `a bound of ${percentText(share)}`),
    status,
    metric,
    value: toPercent(status === 'fail' ? best : worst),
    shown: rangeText(best, worst, percentText),
    bound: `> ${percentText(share)}`,
  });
}

function shareOfOperations(window: Window, share: number, what: string) {
  const { operations, byCategory } = errors(window);
  return {
    window,
    samples: operations,
    doubt:
      closedLoopUnderFault(window) ?? nothingDue(window, operations) ?? tooFew(operations, neededForShare(share), what),
    facts: [operations > 0 ? errorsText(window) : '', faultsText(window.faults)],
    advice: [meaningOf(byCategory), healthy(window)],
  };
}
