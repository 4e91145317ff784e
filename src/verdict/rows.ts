import type { Interval } from '../analysis/stats/interval.ts';
import type { Recording, Window } from '../recording/recording.ts';
import type { Judgement } from './judgement.ts';
import { medianOf, withSpread } from './matchers/whole.ts';
import { grade } from './metrics/grades.ts';
import type { Measurement } from './metrics/measurements.ts';
import { type Metric, metrics } from './metrics/metrics.ts';
import { namedWindows } from './metrics/named-windows.ts';
import type { Row } from './result.ts';
import { notFelt } from './validity.ts';

/**
 * The lines of the result table: one per metric that applies to this recording, and one per judgement. A judgement takes the
 * place of the measured line of its metric and window; the same bound asserted twice is one line.
 */
export function rowsFor(recording: Recording, judgements: readonly Judgement[]): Row[] {
  const different = judgements.filter(
    (judgement, index) => judgements.findIndex((other) => isSame(judgement, other)) === index,
  );
  const placed = new Set<Judgement>();
  const rows = metrics.flatMap((metric) =>
    [...metric.windows(recording), ...namedWindows(metric, recording)].flatMap((window) => {
      const about = different.filter((one) => one.metric === metric.name && one.window === window.name);
      for (const judgement of about) placed.add(judgement);
      const measurement = metric.measure(window);
      if (about.length === 0) return [measuredRow(metric, window, measurement)];
      const graded = grading(metric, window, measurement);
      return about.map((judgement) => judgedRow(judgement, judgement.status === 'unknown' ? ungraded : graded));
    }),
  );
  const others = different.filter((judgement) => !placed.has(judgement));
  return [...rows, ...others.map((judgement) => judgedRow(judgement, ungraded))];
}

/**
 * The lines of a run that was repeated: the median of each metric with its spread, and the judgements of the whole. A line has the
 * grade of its median. A metric that only some repeats have is measured in those.
 */
export function rowsForRepeats(recordings: readonly Recording[], judgements: readonly Judgement[]): Row[] {
  const groups = new Map<string, Row[]>();
  for (const row of recordings.flatMap((recording) => rowsFor(recording, []))) {
    const key = JSON.stringify([row.metric, row.window]);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  const measured = [...groups.values()].map((group) => medianRow(group, recordings.length));
  const placed = new Set<Judgement>();
  const rows = measured.flatMap((row) => {
    const about = judgements.filter(({ metric, window }) => metric === row.metric && window === row.window);
    for (const judgement of about) placed.add(judgement);
    if (about.length === 0) return [row];
    return about.map((judgement) => judgedRow(judgement, judgement.status === 'unknown' ? ungraded : row));
  });
  const others = judgements.filter((judgement) => !placed.has(judgement));
  return [...rows, ...others.map((judgement) => judgedRow(judgement, ungraded))];
}

function medianRow(group: readonly Row[], repeats: number): Row {
  return {
    ...medianOf(group),
    interval: null,
    shown: withSpread(group),
    samples: group.reduce((sum, { samples }) => sum + samples, 0),
    because: `Median of ${repeats} repeats. ${medianOf(group).because}`,
    repeats: group.map(({ value }) => value),
  };
}

type Grading = Pick<Row, 'grade' | 'action'> & { readonly doubt?: string | undefined };

const ungraded: Grading = { grade: null, action: null };

/** The grade that both the best and the worst case have; none when they differ, or when the value rests on too little. */
function grading(metric: Metric, window: Window, { best, worst, samples }: Measurement): Grading {
  const doubt = notFelt(window) ?? metric.doubt?.(window);
  if (doubt) return { ...ungraded, doubt };
  const [graded, other] = [grade(metric.name, worst), grade(metric.name, best)];
  if (samples < metric.needs) {
    return {
      ...ungraded,
      doubt: `${samples.toLocaleString('en-US')} samples; ${metric.needs.toLocaleString('en-US')} are needed.`,
    };
  }
  if (!graded || graded.grade !== other?.grade) return ungraded;
  return { grade: graded.grade, action: graded.action };
}

function measuredRow(metric: Metric, window: Window, measurement: Measurement): Row {
  const { doubt, ...graded } = grading(metric, window, measurement);
  const how = `Measured: ${metric.how}.`;
  return {
    metric: metric.name,
    window: window.name,
    value: finite(measurement.worst),
    interval: finiteEnds(measurement.interval),
    shown: measurement.shown,
    samples: measurement.samples,
    ...graded,
    target: null,
    verdict: 'measured',
    because: doubt ? `${how} ${doubt}` : how,
    validity: null,
  };
}

/** The line of a judgement. */
export function judgedRow(judgement: Judgement, graded: Pick<Row, 'grade' | 'action'> = ungraded): Row {
  return {
    metric: judgement.metric,
    window: judgement.window,
    value: finite(judgement.value),
    interval: finiteEnds(judgement.interval),
    shown: judgement.shown,
    samples: judgement.samples,
    grade: graded.grade,
    action: graded.action,
    target: judgement.bound,
    verdict: judgement.status,
    because: judgement.because,
    validity: judgement.validity,
    ...(judgement.repeats && { repeats: judgement.repeats.map(finite) }),
  };
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function finiteEnds(interval: Interval | undefined): Row['interval'] {
  return interval ? [finite(interval[0]), finite(interval[1])] : null;
}

function isSame(one: Judgement, other: Judgement): boolean {
  return one.metric === other.metric && one.window === other.window && one.bound === other.bound;
}
