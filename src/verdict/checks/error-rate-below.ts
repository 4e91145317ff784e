import type { Interval } from '../../analysis/stats/interval.ts';
import { type Errors, errors, errorsBefore } from '../../analysis/window/errors.ts';
import type { Window } from '../../recording/recording.ts';
import { boundText, decided } from '../bound.ts';
import { concluded, nothingDue, tooFew } from '../conclude.ts';
import type { Judgement } from '../judgement.ts';
import { errorRateMetric } from '../metric-names.ts';
import { percentText, toPercent } from '../percent.ts';
import { neededForShare, neededStrictly } from '../samples.ts';
import { closedLoopUnderFault } from '../validity.ts';
import { healthy, meaningOf } from '../words/advice.ts';
import { categoriesText, counted, errorsText, faultsText, rangeText } from '../words/evidence.ts';
import { percentInterval, percentIntervalText, straddling } from '../words/intervals.ts';

/**
 * Are fewer than `share` of the window's operations errors (failed or unknown)? Needs 3 / share operations, or 3.7 / share if `strict`. Errors that were
 * there before the fault count as well, since the callers got them, but are told apart.
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

/** From so many times the share before the fault on, the fault has its part in it, whatever was wrong before. */
const muchWorse = 2;

interface ShareBound {
  readonly relation: '<' | '>';
  readonly share: number;
  readonly strict: boolean;
  readonly interval: Interval | undefined;
}

function shareOfOperations(window: Window, { relation, share, strict, interval }: ShareBound) {
  const seen = errors(window);
  const { operations } = seen;
  const before = errorsBefore(window);
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
    certainty: percentIntervalText(interval),
    facts: [
      operations > 0 ? errorsText(window) : '',
      before ? beforeText(seen, before) : '',
      faultsText(window.faults),
    ],
    advice: [
      meaningOf(window),
      before && before.share.best >= allowed
        ? 'Before the fault the bound did not hold either: start with a run without faults.'
        : '',
      before && before.share.best >= allowed && seen.share.best < muchWorse * before.share.best ? '' : healthy(window),
    ],
  };
}

/** Which of the errors were there before the fault, at what rate, and which are new. Empty where none of the categories was. */
function beforeText(seen: Errors, before: Errors): string {
  const known = [...seen.byCategory].filter(([category]) => before.byCategory.has(category));
  if (known.length === 0) return '';
  const fresh = new Map([...seen.byCategory].filter(([category]) => !before.byCategory.has(category)));
  const rates = known.map(([category, count]) => {
    const earlier = (before.byCategory.get(category) as number) / before.operations;
    return `${category} (${percentText(earlier)} of operations then, ${percentText(count / seen.operations)} here)`;
  });
  const failed = `${before.errors.worst.toLocaleString('en-US')} of ${counted(before.operations, 'operation')}`;
  const alone = seen.share.best < muchWorse * before.share.best ? "; so these are not the fault's doing alone" : '';
  const news = fresh.size > 0 ? `New since then: ${categoriesText(fresh)}.` : 'No other category is new.';
  return `Before the fault ${failed} failed already, with ${rates.join(', ')}${alone}. ${news}`;
}
