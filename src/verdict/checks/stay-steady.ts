import type { Interval } from '../../analysis/stats/interval.ts';
import { type Drift, measureP99Drift, measureSeriesDrift, neededSlots } from '../../analysis/window/drift.ts';
import { readable } from '../../duration.ts';
import type { Series, Window } from '../../recording/recording.ts';
import { decide } from '../bound.ts';
import { conclude } from '../conclude.ts';
import type { Judgement } from '../judgement.ts';
import { type Percent, percentText, share, toPercent } from '../percent.ts';
import { explainClosedLoop } from '../validity.ts';
import { over } from '../words/evidence.ts';

/**
 * Most that a quantity may rise from the start of the run, or of the window, to its end, as a share of its median:
 * `'10%'` or 0.1. `p99` is the latency; any other name is a series of the recording, such as `memory`.
 */
export type SteadyBounds = Readonly<Record<string, Percent>> & { readonly p99?: Percent; readonly memory?: Percent };

/** Subjects of series that are not what is tested. */
const ours: readonly string[] = ['generator', 'machine'];

/**
 * Does nothing rise by more than this in the course of the window? The rise is the slope of the trend times the
 * window's length, or the step from what came before to the last part. So a bound means the same after ten minutes as
 * after ten hours, and nothing unseen is foretold.
 * Passes only when the whole 95 % interval of the rise lies below the bound, and fails when it lies above. Else the run
 * was too short to tell. One judgement for p99, and one for each series of a name, without those of the generator and
 * the machine.
 * @param bounds shares of the median, from 0 to 1
 */
export function staySteady(window: Window, bounds: Readonly<Record<string, number>>): Judgement[] {
  return Object.entries(bounds).flatMap(([quantity, bound]) => {
    if (quantity === 'p99') return [p99Steady(window, bound)];
    const series = window.recording.series.filter(({ name, subject }) => name === quantity && !ours.includes(subject));
    if (series.length === 0) return [unmeasured(window, quantity, bound)];
    return series.map((one) => seriesSteady(window, one, bound));
  });
}

/**
 * Bounds as shares.
 * @throws TypeError when there are none, or one is no share of 0 to 100 %
 */
export function steadyBounds(bounds: SteadyBounds, matcher: string): Record<string, number> {
  if (typeof bounds !== 'object' || bounds === null || Object.keys(bounds).length === 0) {
    throw new TypeError(
      `${matcher} needs a bound by quantity on its rise over the run, such as { p99: '10%', memory: '5%' }; got ${JSON.stringify(bounds)}`,
    );
  }
  return Object.fromEntries(
    Object.entries(bounds).map(([quantity, bound]) => [quantity, share(bound as Percent, `${matcher}: ${quantity}`)]),
  );
}

function p99Steady(window: Window, bound: number): Judgement {
  const [best, worst] = [measureP99Drift(window, 'best'), measureP99Drift(window, 'worst')];
  const doubt = explainClosedLoop(window);
  return steady(window, { quantity: 'p99', unit: 'ms', best, worst, doubt }, bound);
}

function seriesSteady(window: Window, series: Series, bound: number): Judgement {
  const drift = measureSeriesDrift(series, window);
  const quantity = series.subject === 'app' ? series.name : `${series.name} of ${series.subject}`;
  return steady(window, { quantity, unit: series.unit, best: drift, worst: drift, doubt: undefined }, bound);
}

interface Seen {
  readonly quantity: string;
  readonly unit: Series['unit'];
  readonly best: Drift;
  readonly worst: Drift;
  readonly doubt: string | undefined;
}

function steady(window: Window, { quantity, unit, best, worst, doubt }: Seen, bound: number): Judgement {
  const ends: Interval = [
    Math.min(leastRise(best, window), leastRise(worst, window)),
    Math.max(mostRise(best, window), mostRise(worst, window)),
  ];
  const value = Math.max(rise(worst.perHour, worst, window), worst.late.most / worst.level);
  const interval: Interval = [toPercent(ends[0]), toPercent(ends[1])];
  return conclude({
    status: decide(ends[0], ends[1], '<', bound),
    metric: `${quantity} drift`,
    value: toPercent(value),
    ...(worst.slots >= neededSlots && { interval }),
    shown: Number.isNaN(value) ? 'not measured' : `${signed(value)} ${over(window)}`,
    bound: `< ${percentText(bound)} ${over(window)}`,
    samples: worst.slots,
    needed: neededSlots,
    window,
    ...(unit === 'ms' && { timed: true }),
    doubt: doubt ?? tooShort(window, quantity, worst) ?? atTheEnd(quantity, worst, ends, bound) ?? tooWide(ends, bound),
    facts: [
      worst.slots >= neededSlots
        ? `${quantity} changed by ${amount(worst.perHour * hoursOf(window), unit)} ${over(window)} (${readable(window.to - window.from)}), around a median of ${amount(worst.level, unit)}; 95 % interval: ${signed(ends[0])} to ${signed(ends[1])}, from ${worst.slots} slots. That is ${amount(worst.perHour, unit)} per hour.`
        : '',
    ],
    advice: [
      quantity === 'p99'
        ? 'Look for what grows with the run: a table or a queue without an index or a limit, a list that is searched, memory that is collected ever longer.'
        : 'Look for what is kept for every request and never let go: caches without a limit, listeners, timers, unsettled promises. Two heap snapshots, an hour apart, name it.',
    ],
  });
}

/** The least that it rose by with 95 % certainty, through the whole window or at its end, as a share of the median. */
function leastRise(drift: Drift, window: Window): number {
  return Math.max(rise(drift.interval[0], drift, window), drift.late.least / drift.level);
}

function mostRise(drift: Drift, window: Window): number {
  return Math.max(rise(drift.interval[1], drift, window), drift.late.most / drift.level);
}

/** What a slope per hour comes to in the window, as a share of the median. */
function rise(perHour: number, { level }: Drift, window: Window): number {
  return level > 0 && Number.isFinite(level) ? (perHour * hoursOf(window)) / level : Number.NaN;
}

function hoursOf({ from, to }: Window): number {
  return (to - from) / 3_600_000;
}

function tooShort(window: Window, quantity: string, { slots, level }: Drift): string | undefined {
  if (slots < neededSlots) {
    return `${readable(window.to - window.from)} ${over(window)} hold ${slots} slots with enough of ${quantity} in them, and a drift needs ${neededSlots}: let the load last longer, or raise its rate (a slot is at least 1 s long, and one of p99 has 299 operations).`;
  }
  if (level === Number.POSITIVE_INFINITY) {
    return `In half of the run one operation in a hundred or more was never answered, which is no drift any more: assert on the error rate, or on a window before.`;
  }
  return level > 0 ? undefined : `The median of ${quantity} is ${level}, and a drift is a share of it.`;
}

function atTheEnd(quantity: string, { late, level }: Drift, ends: Interval, bound: number): string | undefined {
  if (decide(ends[0], ends[1], '<', bound) !== 'unknown' || late.most / level < bound) return undefined;
  return `Towards the end ${quantity} lies ${signed(late.most / level)} above what it was before, for too short a time to say that it stays there: let the load last longer.`;
}

function tooWide(ends: Interval, bound: number): string | undefined {
  if (decide(ends[0], ends[1], '<', bound) !== 'unknown') return undefined;
  return `The bound lies within the 95 % interval of the change, ${signed(ends[0])} to ${signed(ends[1])} over the window: only more operations make it narrower, four times as many by about a half.`;
}

function unmeasured(window: Window, quantity: string, bound: number): Judgement {
  const known = [...new Set(window.recording.series.map(({ name }) => name))].map((name) => `'${name}'`).join(', ');
  return conclude({
    status: 'unknown',
    metric: `${quantity} drift`,
    value: Number.NaN,
    shown: 'not measured',
    bound: `< ${percentText(bound)} ${over(window)}`,
    samples: 0,
    window,
    doubt: `This recording has no series named '${quantity}' of the app or a service (it has: ${known || 'none'}). The memory of an app is sampled where the run starts the app itself.`,
    facts: [],
    advice: [],
  });
}

function signed(change: number): string {
  if (!Number.isFinite(change)) return change > 0 ? 'any rise' : change < 0 ? 'any fall' : 'not measured';
  return `${change < 0 ? '-' : '+'}${percentText(Math.abs(change))}`;
}

function amount(value: number, unit: Series['unit']): string {
  if (unit === 'bytes') return `${(value / 1e6).toFixed(1)} MB`;
  const rounded = Number(value.toPrecision(3));
  return unit === '%' || unit === '/s'
    ? `${rounded}${unit === '%' ? ' %' : unit}`
    : `${rounded} ${unit === 'count' ? '' : unit}`.trim();
}
