import { countErrors, countErrorsBefore, type Errors } from '../../analysis/window/errors.ts';
import type { Window } from '../../recording/recording.ts';
import { explainNothingDue } from '../conclude.ts';
import { beyond, type Step, upTo, upToAndWith } from '../grade.ts';
import type { Answer, Doubt, Measured, Metric, MetricWords, Worsening } from '../metric.ts';
import { percentText } from '../percent.ts';
import { neededForShare } from '../samples.ts';
import { explainClosedLoop } from '../validity.ts';
import { healthy, meaningOf } from '../words/advice.ts';
import { categoriesText, counted, errorsText, faultsText } from '../words/evidence.ts';
import { p99 } from './latency.ts';
import { afterOutageOf, outagesOf, withoutFault } from './outages.ts';
import { allowed, claimOf, measuredShare, shareRules } from './share.ts';

const worsen: readonly Worsening[] = ['an error', 'silence'];

/**
 * Share of a window's operations that are errors: failed, or of unknown outcome. Errors of a kind seen before the fault
 * count as well, since the callers got them, but are told apart.
 */
export const errorRate: Metric = {
  ...errorMetric([
    upTo(0.1, 'good'),
    upTo(1, 'warning', 'investigate'),
    upTo(5, 'critical', 'act now'),
    beyond('critical', 'system unstable'),
  ]),
  name: 'error rate',
  how: 'share of the operations due in the window that failed or have an unknown outcome',
  windows: withoutFault,
  measure: (window) => errorShare(window, neededForShare(0.001)),
};

/** The error rate while Redis is away. */
export const redisOutageErrorRate: Metric = {
  ...errorMetric([
    upToAndWith(0, 'excellent'),
    upToAndWith(20, 'warning', 'partial fallback'),
    upToAndWith(50, 'critical', 'no fallback'),
    beyond('critical', 'unusable'),
  ]),
  name: 'Redis outage error rate',
  how: "error rate from the fault's taking effect to its healing",
  windows: outagesOf('redis'),
  // A client that waits longer than an outage sees no error of it.
  beside: p99,
  measure: (window) => errorShare(window, neededForShare(0.01)),
};

/** Share of a window's operations that are ok. */
export const availability: Metric = {
  ...okMetric(),
  name: 'availability',
  how: 'share of the operations due in the window that were ok',
  windows: withoutFault,
  measure: (window) => okShare(window, neededForShare(0.0005)),
};

/** Share of ok operations while a database is away. */
export const successDuring: Metric = {
  ...okMetric([
    upToAndWith(0, 'critical', 'fail over'),
    upToAndWith(10, 'warning', 'add caching'),
    beyond('good', 'fallback works'),
  ]),
  name: 'success during a database outage',
  how: "share of ok operations from the fault's taking effect to its healing",
  windows: outagesOf('postgres'),
  beside: p99,
  measure: (window) => okShare(window, neededForShare(0.1)),
};

/** Share of ok operations after a database was away. */
export const successAfter: Metric = {
  ...okMetric([
    upTo(95, 'critical', 'connection pool'),
    upToAndWith(99, 'good', 'watch the pool'),
    beyond('excellent'),
  ]),
  name: 'success after a database outage',
  how: "share of ok operations from the last fault's healing to the end of the load",
  windows: afterOutageOf('postgres'),
  measure: (window) => okShare(window, neededForShare(0.01)),
};

/**
 * The error rate by its name in a window. A window that is the outage of nothing but Redis has a name and grades of its
 * own.
 */
export function errorRateOf({ faults, from, to }: Window): Metric {
  const spans =
    from === Math.min(...faults.map((fault) => fault.inEffectAt)) &&
    to === Math.max(...faults.map((fault) => fault.healedAt));
  const redis = faults.length > 0 && faults.every((fault) => fault.serviceKind === 'redis');
  return redis && spans ? redisOutageErrorRate : errorRate;
}

type Shared = Omit<Metric, 'name' | 'how' | 'windows' | 'measure'>;

function errorMetric(grades: readonly Step[]): Shared {
  return { unit: '%', of: 'name', better: 'less', worsen, ...shareRules('less'), grades, words: wordsOf('less') };
}

function okMetric(grades?: readonly Step[]): Shared {
  return {
    unit: '%',
    of: 'window',
    better: 'more',
    worsen,
    ...shareRules('more'),
    ...(grades && { grades }),
    words: wordsOf('more'),
  };
}

function errorShare(window: Window, needs: number): Measured {
  const { errors: count, operations } = countErrors(window);
  return measuredShare({ ...count, samples: operations }, needs, doubtsOf(window));
}

function okShare(window: Window, needs: number): Measured {
  const { errors: count, operations } = countErrors(window);
  const hits = { best: operations - count.best, worst: operations - count.worst, samples: operations };
  return measuredShare(hits, needs, doubtsOf(window));
}

function doubtsOf(window: Window): Doubt[] {
  const reason = explainClosedLoop(window) ?? explainNothingDue(window, countErrors(window).operations);
  return reason === undefined ? [] : [{ reason }];
}

/** From so many times the share before the fault on, the fault has its part in it, whatever was wrong before. */
const muchWorse = 2;

function wordsOf(better: 'less' | 'more'): MetricWords {
  return {
    claim: claimOf,
    facts: ({ window, measured }) => {
      const before = countErrorsBefore(window);
      return [
        measured.samples > 0 ? errorsText(window) : '',
        before ? beforeText(countErrors(window), before) : '',
        faultsText(window.faults),
      ];
    },
    advice: (answer) => adviceOn(answer, better),
  };
}

function adviceOn({ window, bound }: Answer, better: 'less' | 'more'): string[] {
  const seen = countErrors(window);
  const before = countErrorsBefore(window);
  const wasBroken = before !== undefined && before.share.best >= allowed(better, bound);
  return [
    meaningOf(window),
    wasBroken ? 'Before the fault the bound did not hold either: start with a run without faults.' : '',
    wasBroken && seen.share.best < muchWorse * before.share.best ? '' : healthy(window),
  ];
}

/**
 * Says which errors were there before the fault, at what rate, and which are new. Empty where no category was there.
 */
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
