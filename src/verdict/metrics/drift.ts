import type { Interval } from '../../analysis/stats/interval.ts';
import { type Drift, measureP99Drift, measureSeriesDrift, neededSlots } from '../../analysis/window/drift.ts';
import { readable } from '../../duration.ts';
import type { Recording, Series, Window } from '../../recording/recording.ts';
import type { Doubt, Measured, Metric, MetricName } from '../metric.ts';
import { fromPercent, percentText, toPercent } from '../percent.ts';
import { explainClosedLoop } from '../validity.ts';
import { over } from '../words/evidence.ts';

/** Subjects of series that are not what is tested. */
const ours: readonly string[] = ['generator', 'machine'];

/**
 * By how much p99 rises from the start of a window to its end, in per cent of its median: the slope of the trend times
 * the window's length, so that a bound means the same after ten minutes as after ten hours, and nothing is foretold
 * that was not seen; or by how much the last part lies above what came before. The whole 95 % interval decides.
 */
export const driftOfP99: Metric = driftMetric('p99', 'ms', (window) => ({
  best: measureP99Drift(window, 'best'),
  worst: measureP99Drift(window, 'worst'),
  doubt: explainClosedLoop(window),
}));

/** The same of the app's memory. */
export const driftOfMemory: Metric = driftOfSeries('memory', 'app');

/**
 * The drifts of a quantity: of p99, or of each series of that name but the generator's and the machine's. Where there
 * is none, that of the app, which is then unknown.
 */
export function driftsOf(quantity: string, { series }: Recording): Metric[] {
  if (quantity === 'p99') return [driftOfP99];
  const subjects = series.filter(({ name, subject }) => name === quantity && !ours.includes(subject));
  return (subjects.length > 0 ? subjects : [{ subject: 'app' }]).map(({ subject }) => driftOfSeries(quantity, subject));
}

function driftOfSeries(name: string, subject: string): Metric {
  const quantity = subject === 'app' ? name : `${name} of ${subject}`;
  const seriesIn = ({ series }: Recording) => series.find((one) => one.name === name && one.subject === subject);
  return driftMetric(
    quantity,
    ({ recording }) => seriesIn(recording)?.unit ?? 'count',
    (window) => {
      const series = seriesIn(window.recording);
      if (!series) return { best: none, worst: none, doubt: unseenText(window.recording, name) };
      const drift = measureSeriesDrift(series, window);
      return { best: drift, worst: drift, doubt: undefined };
    },
  );
}

const none: Drift = {
  perHour: Number.NaN,
  interval: [Number.NaN, Number.NaN],
  level: Number.NaN,
  late: { least: 0, most: 0 },
  slots: 0,
};

interface Seen {
  readonly best: Drift;
  readonly worst: Drift;
  readonly doubt: string | undefined;
}

type UnitOf = Series['unit'] | ((window: Window) => Series['unit']);

function driftMetric(quantity: string, unit: UnitOf, look: (window: Window) => Seen): Metric {
  const name: MetricName = `${quantity} drift`;
  return {
    name,
    unit: '%',
    of: 'window',
    better: 'less',
    worsen: [quantity === 'p99' ? 'slower answers in the last part' : 'a higher value in the last part'],
    how: `rise of ${quantity} from the start of the window to its end, as a share of its median`,
    windows: () => [],
    ...(unit === 'ms' && { timed: true }),
    measure: (window) => measured(window, quantity, look(window)),
    byInterval: () => true,
    words: {
      text: (change, window) => (Number.isNaN(change) ? 'not measured' : `${signed(change)} ${over(window)}`),
      bound: (bound, window) => `${percentText(fromPercent(bound))} ${over(window)}`,
      certainty: () => '',
      undecided: (window) => {
        const seen = look(window);
        const late = atTheEnd(window, quantity, seen.worst);
        if (late !== undefined) return late;
        const [low, high] = intervalOf(window, seen);
        return `The bound lies within the 95 % interval of the change, ${signed(low)} to ${signed(high)} over the window: only more operations make it narrower, four times as many by about a half.`;
      },
      facts: ({ window }) => [
        changeText(window, quantity, typeof unit === 'string' ? unit : unit(window), look(window)),
      ],
      advice: () => [
        quantity === 'p99'
          ? 'Look for what grows with the run: a table or a queue without an index or a limit, a list that is searched, memory that is collected ever longer.'
          : 'Look for what is kept for every request and never let go: caches without a limit, listeners, timers, unsettled promises. Two heap snapshots, an hour apart, name it.',
      ],
    },
  };
}

function measured(window: Window, quantity: string, seen: Seen): Measured {
  const { worst, doubt } = seen;
  const value = toPercent(Math.max(rise(worst.perHour, worst, window), worst.late.most / worst.level));
  const reason = doubt ?? tooShort(window, quantity, worst);
  const doubts: Doubt[] = reason === undefined ? [] : [{ reason }];
  return {
    best: value,
    worst: value,
    ...(worst.slots >= neededSlots && { interval: intervalOf(window, seen) }),
    samples: worst.slots,
    needs: neededSlots,
    doubts,
  };
}

/** In per cent of the median. */
function intervalOf(window: Window, { best, worst }: Seen): Interval {
  const low = Math.min(leastRise(best, window), leastRise(worst, window));
  const high = Math.max(mostRise(best, window), mostRise(worst, window));
  return [toPercent(low), toPercent(high)];
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

function changeText(window: Window, quantity: string, unit: Series['unit'], seen: Seen): string {
  const { worst } = seen;
  if (worst.slots < neededSlots) return '';
  const [low, high] = intervalOf(window, seen);
  return `${quantity} changed by ${amount(worst.perHour * hoursOf(window), unit)} ${over(window)} (${readable(window.to - window.from)}), around a median of ${amount(worst.level, unit)}; 95 % interval: ${signed(low)} to ${signed(high)}, from ${worst.slots} slots. That is ${amount(worst.perHour, unit)} per hour.`;
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

/** Why a rise at the end decides nothing yet; undefined where the trend through the whole window may be as steep. */
function atTheEnd(window: Window, quantity: string, drift: Drift): string | undefined {
  const late = drift.late.most / drift.level;
  if (!(late > 0 && late >= mostRise(drift, window))) return undefined;
  return `Towards the end ${quantity} lies ${signed(toPercent(late))} above what it was before, for too short a time to say that it stays there: let the load last longer.`;
}

function unseenText({ series }: Recording, quantity: string): string {
  const known = [...new Set(series.map(({ name }) => name))].map((name) => `'${name}'`).join(', ');
  return `This recording has no series named '${quantity}' of the app or a service (it has: ${known || 'none'}). The memory of an app is sampled where the run starts the app itself.`;
}

/** A change in per cent. */
function signed(change: number): string {
  if (!Number.isFinite(change)) return change > 0 ? 'any rise' : change < 0 ? 'any fall' : 'not measured';
  return `${change < 0 ? '-' : '+'}${percentText(fromPercent(Math.abs(change)))}`;
}

function amount(value: number, unit: Series['unit']): string {
  if (unit === 'bytes') return `${(value / 1e6).toFixed(1)} MB`;
  const rounded = Number(value.toPrecision(3));
  return unit === '%' || unit === '/s'
    ? `${rounded}${unit === '%' ? ' %' : unit}`
    : `${rounded} ${unit === 'count' ? '' : unit}`.trim();
}
