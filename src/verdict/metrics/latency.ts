import { countErrors } from '../../analysis/window/errors.ts';
import { measureLatencies, percentile } from '../../analysis/window/latency.ts';
import type { Window } from '../../recording/recording.ts';
import { explainNothingDue } from '../conclude.ts';
import { beyond, type Step, upTo } from '../grade.ts';
import type { Doubt, Metric } from '../metric.ts';
import { neededForPercentile } from '../samples.ts';
import { explainClosedLoop } from '../validity.ts';
import { healthy, meaningOf, remedyOf } from '../words/advice.ts';
import { counted, errorsText, faultsText, over, timeText } from '../words/evidence.ts';
import { timeInterval } from '../words/intervals.ts';
import { withoutFault } from './outages.ts';

/**
 * Percentiles of the response time (done - due), in milliseconds. An error is no answer: it took its own time at least,
 * and has no upper end.
 */
export const [p50, p95, p99] = [
  percentileMetric('p50', 0.5),
  percentileMetric('p95', 0.95),
  percentileMetric('p99', 0.99, [
    upTo(500, 'good'),
    upTo(2000, 'warning', 'find what waits'),
    upTo(5000, 'critical', 'act now'),
    beyond('critical', 'requests pile up'),
  ]),
] as const;

function percentileMetric(name: 'p50' | 'p95' | 'p99', share: number, grades?: readonly Step[]): Metric {
  return {
    name,
    unit: 'ms',
    of: share === 0.99 ? 'name' : 'window',
    better: 'less',
    worsen: ['an error', 'a slower answer', 'silence'],
    how: 'response time (done - due) of all operations due in the window, by nearest rank; what never ended is infinite',
    windows: withoutFault,
    timed: true,
    ...(grades && { grades }),
    needed: ({ strict }) => (strict ? neededForPercentile(share, 0.025) : neededForPercentile(share)),
    byInterval: ({ strict }) => strict,
    measure: (window) => {
      const [inBestCase, inWorstCase] = [measureLatencies(window, 'best'), measureLatencies(window, 'worst')];
      return {
        best: percentile(inBestCase, share),
        worst: percentile(inWorstCase, share),
        interval: timeInterval(inBestCase, inWorstCase, share),
        samples: inWorstCase.length,
        needs: neededForPercentile(share),
        doubts: doubtsOf(window),
      };
    },
    words: {
      claim: ({ strict }) => `a ${name} whose 95 % ${strict ? 'interval' : 'upper limit'} is finite`,
      undecided: (window) => unanswered(window, share),
      facts: ({ window, measured }) => [
        measured.samples > 0 ? summaryText(window) : '',
        countErrors(window).errors.worst > 0 ? errorsText(window) : '',
        faultsText(window.faults),
      ],
      advice: ({ window }) => [
        meaningOf(window),
        window.faults.length > 0 ? healthy(window) : remedyOf(window.recording, 'latency'),
      ],
    },
  };
}

function doubtsOf(window: Window): Doubt[] {
  const reason = explainClosedLoop(window) ?? explainNothingDue(window, countErrors(window).operations);
  return reason === undefined ? [] : [{ reason }];
}

/**
 * Says why a percentile has no upper end: errors are among the slowest. Undefined where it has one, and where no
 * operation failed for certain.
 */
function unanswered(window: Window, share: number): string | undefined {
  const { operations, errors: count } = countErrors(window);
  const [best, worst] = (['best', 'worst'] as const).map((which) => percentile(measureLatencies(window, which), share));
  if (worst !== Number.POSITIVE_INFINITY || best === worst || count.best === 0) return undefined;
  return `${count.best.toLocaleString('en-US')} of ${counted(operations, 'operation')} failed, and an error is no answer: that one would have come within ${timeText(best ?? Number.NaN)} is not known.`;
}

function summaryText(window: Window): string {
  const sorted = measureLatencies(window, 'worst');
  const at = (share: number) => timeText(percentile(sorted, share));
  return `${counted(sorted.length, 'operation')} ${over(window)}: median ${at(0.5)}, p95 ${at(0.95)}, p99 ${at(0.99)}, slowest ${at(1)}.`;
}
