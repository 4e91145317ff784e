import type { Interval } from '../../analysis/stats/interval.ts';
import type { Recording, Window } from '../../recording/recording.ts';
import { gradeOf, isGood } from '../grade.ts';
import type { Judgement } from '../judgement.ts';
import { medianOf, withSpread } from '../matchers/whole.ts';
import { endsOf, type FixedName, type Measured, type Metric, measure, shownOf } from '../metric.ts';
import { metrics } from '../metrics/metrics.ts';
import { namedWindows } from '../metrics/named-windows.ts';
import { suiteOf } from '../origin.ts';
import { explainUnfelt } from '../validity.ts';
import type { Ends } from '../words/evidence.ts';
import type { Row } from './result.ts';

/**
 * The lines of the result table: one per metric that applies to this recording, and one per judgement. A judgement
 * takes the place of the measured line of its metric and window. The same bound asserted twice is one line.
 */
export function rowsFor(recording: Recording, judgements: readonly Judgement[]): Row[] {
  const different = judgements.filter(
    (judgement, index) => judgements.findIndex((other) => isSame(judgement, other)) === index,
  );
  const placed = new Set<Judgement>();
  const rows = listPlaces(recording).flatMap(({ metric, window }) => {
    const about = different.filter((one) => one.metric === metric.name && one.window === window.name);
    for (const judgement of about) placed.add(judgement);
    const measured = measure(metric, window);
    if (about.length === 0) return [makeMeasuredRow(metric, window, measured)];
    const graded = gradeMeasured(metric, window, measured);
    return about.map((judgement) => makeJudgedRow(judgement, judgement.status === 'unknown' ? ungraded : graded));
  });
  const others = different.filter((judgement) => !placed.has(judgement));
  return [...rows, ...others.map((judgement) => makeJudgedRow(judgement, ungraded))];
}

/**
 * The lines of a repeated run: the median of each metric with its spread, and the judgements of the whole. A line has
 * the grade of its median. A metric that only some repeats have is measured in those.
 */
export function rowsForRepeats(recordings: readonly Recording[], judgements: readonly Judgement[]): Row[] {
  const groups = new Map<string, Line[]>();
  for (const line of recordings.flatMap(listLines)) {
    const key = JSON.stringify([line.row.metric, line.row.window]);
    groups.set(key, [...(groups.get(key) ?? []), line]);
  }
  const measured = [...groups.values()].map((group) => makeMedianRow(group, recordings.length));
  const placed = new Set<Judgement>();
  const rows = measured.flatMap((row) => {
    const about = judgements.filter(({ metric, window }) => metric === row.metric && window === row.window);
    for (const judgement of about) placed.add(judgement);
    if (about.length === 0) return [row];
    return about.map((judgement) => makeJudgedRow(judgement, judgement.status === 'unknown' ? ungraded : row));
  });
  const others = judgements.filter((judgement) => !placed.has(judgement));
  return [...rows, ...others.map((judgement) => makeJudgedRow(judgement, ungraded))];
}

/** A measured row, with the ends of its value as a person reads them. */
interface Line {
  readonly row: Row;
  readonly ends: Ends;
}

function listLines(recording: Recording): Line[] {
  return listPlaces(recording).map(({ metric, window }) => {
    const measured = measure(metric, window);
    return { row: makeMeasuredRow(metric, window, measured), ends: endsOf(metric, window, measured) };
  });
}

/** A metric, and a window in which a report measures it. */
interface Place {
  readonly metric: Metric;
  readonly window: Window;
}

/** What a report measures of a recording, in the order of its lines. */
function listPlaces(recording: Recording): Place[] {
  return metrics.flatMap((metric) => [
    ...metric.windows(recording).map((window) => ({ metric, window })),
    ...(metric.beside ? metric.windows(recording).map((window) => ({ metric: metric.beside as Metric, window })) : []),
    ...namedWindows(metric, recording).map((window) => ({ metric, window })),
  ]);
}

function makeMedianRow(group: readonly Line[], repeats: number): Row {
  const rows = group.map(({ row }) => row);
  const median = medianOf(rows);
  return {
    ...median,
    interval: null,
    shown: withSpread(group.map(({ row: { value, shown }, ends }) => ({ value, shown, ends }))),
    samples: rows.reduce((sum, { samples }) => sum + samples, 0),
    because: `Median of ${repeats} repeats. ${median.because}`,
    repeats: rows.map(({ value }) => value),
  };
}

type Grading = Pick<Row, 'grade' | 'action'> & { readonly doubt?: string | undefined };

const ungraded: Grading = { grade: null, action: null };

/**
 * The grade that both the best and the worst case have. None when they differ, or when the value rests on too little.
 */
function gradeMeasured(metric: Metric, window: Window, { best, worst, samples, needs, doubts }: Measured): Grading {
  const grades = suiteOf(window.recording).grades?.[metric.name as FixedName] ?? metric.grades;
  const step = gradeOf(grades, worst);
  const good = step === undefined || isGood(step);
  const doubt = explainUnfelt(window) ?? doubts.find(({ spares }) => spares !== (good ? 'pass' : 'fail'))?.reason;
  if (doubt) return { ...ungraded, doubt };
  if (samples < needs) {
    const few = `${samples.toLocaleString('en-US')} samples; ${needs.toLocaleString('en-US')} are needed.`;
    return { ...ungraded, doubt: few };
  }
  if (step && step.grade === gradeOf(grades, best)?.grade) return { grade: step.grade, action: step.action };
  return best === worst ? ungraded : { ...ungraded, doubt: metric.words.undecided?.(window) };
}

function makeMeasuredRow(metric: Metric, window: Window, measured: Measured): Row {
  const { doubt, ...graded } = gradeMeasured(metric, window, measured);
  const how = `Measured: ${metric.how}.`;
  return {
    metric: metric.name,
    window: window.name,
    unit: metric.unit,
    value: finiteOrNull((measured.seen ?? measured).worst),
    interval: finiteEnds(measured.interval),
    shown: shownOf(metric, window, measured),
    samples: measured.samples,
    ...graded,
    target: null,
    verdict: 'measured',
    because: doubt ? `${how} ${doubt}` : how,
    validity: null,
  };
}

/** The line of a judgement. */
export function makeJudgedRow(judgement: Judgement, graded: Pick<Row, 'grade' | 'action'> = ungraded): Row {
  return {
    metric: judgement.metric,
    window: judgement.window,
    value: finiteOrNull(judgement.value),
    interval: finiteEnds(judgement.interval),
    shown: judgement.shown,
    samples: judgement.samples,
    grade: graded.grade,
    action: graded.action,
    target: judgement.bound,
    verdict: judgement.status,
    because: judgement.because,
    validity: judgement.validity,
    ...(judgement.repeats && { repeats: judgement.repeats.map(finiteOrNull) }),
  };
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function finiteEnds(interval: Interval | undefined): Row['interval'] {
  return interval ? [finiteOrNull(interval[0]), finiteOrNull(interval[1])] : null;
}

function isSame(one: Judgement, other: Judgement): boolean {
  return one.metric === other.metric && one.window === other.window && one.bound === other.bound;
}
