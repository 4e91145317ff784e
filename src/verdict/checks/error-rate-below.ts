import { errors } from '../../analysis/errors.ts';
import type { Interval } from '../../analysis/interval.ts';
import type { Window } from '../../recording/recording.ts';
import { healthy, meaningOf } from '../advice.ts';
import { boundText, decided } from '../bound.ts';
import { concluded, nothingDue, tooFew } from '../conclude.ts';
import { errorsText, faultsText, rangeText } from '../evidence.ts';
import { percentInterval, percentIntervalText, straddling } from '../intervals.ts';
import type { Judgement } from '../judgement.ts';
import { errorRateMetric } from '../metric-names.ts';
import { percentText, toPercent } from '../percent.ts';
import { neededForShare, neededStrictly } from '../samples.ts';
import { closedLoopUnderFault } from '../validity.ts';

/**
 * Are fewer than `share` of the window's operations errors (failed or unknown)? Needs 3 / share operations, or 3.7 / share if `strict`.
 * @param share above 0, at most 1
 * @param strict whether the whole interval must keep the bound
 */
export function errorRateBelow(window: Window, share: number, strict = false): Judgement {
  const seen = errors(window);
  const status = decided(seen.share.best, seen.share.worst, '<', share);
  const interval = percentInterval(seen.errors.best, seen.errors.worst, seen.operations);
  return concluded({
    ...shareOfOperations(window, { relation: '<', share, strict, interval }),
    status,
    metric: errorRateMetric(window),
    value: toPercent(status === 'fail' ? seen.share.best : seen.share.worst),
    shown: rangeText(seen.share.best, seen.share.worst, percentText),
  });
}

/**
 * Are more than `share` of the window's operations ok? Needs 3 / (1 - share) operations, or 3.7 / (1 - share) if `strict`.
 * @param share from 0 to below 1
 * @param metric the name of the success rate in the metrics table: availability, or success after an outage
 * @param strict whether the whole interval must keep the bound
 */
export function successAbove(window: Window, share: number, metric: string, strict = false): Judgement {
  const { operations, errors: count } = errors(window);
  const [best, worst] = [(operations - count.best) / operations, (operations - count.worst) / operations];
  const status = decided(best, worst, '>', share);
  const interval = percentInterval(operations - count.best, operations - count.worst, operations);
  return concluded({
    ...shareOfOperations(window, { relation: '>', share, strict, interval }),
    status,
    metric,
    value: toPercent(status === 'fail' ? best : worst),
    shown: rangeText(best, worst, percentText),
  });
}

interface ShareBound {
  readonly relation: '<' | '>';
  readonly share: number;
  readonly strict: boolean;
  readonly interval: Interval | undefined;
}

function shareOfOperations(window: Window, { relation, share, strict, interval }: ShareBound) {
  const { operations, byCategory } = errors(window);
  const allowed = relation === '<' ? share : 1 - share;
  const needed = strict ? neededStrictly(allowed) : neededForShare(allowed);
  const what = `a bound of ${percentText(share)}${strict ? ', judged strictly,' : ''}`;
  return {
    window,
    interval,
    bound: boundText(`${relation} ${percentText(share)}`, strict),
    samples: operations,
    needed,
    doubt:
      closedLoopUnderFault(window) ??
      nothingDue(window, operations) ??
      tooFew(operations, needed, what) ??
      (strict ? straddling(interval, relation, toPercent(share)) : undefined),
    facts: [operations > 0 ? errorsText(window) : '', percentIntervalText(interval), faultsText(window.faults)],
    advice: [meaningOf(byCategory), healthy(window)],
  };
}
