import type { Recording, Window } from '../../../src/recording/recording.ts';
import { judge } from '../../../src/verdict/judge.ts';
import { combine, type Judgement, type Status } from '../../../src/verdict/judgement.ts';
import { judgementsOf, matchers } from '../../../src/verdict/matchers/matchers.ts';
import type { FixedName, Metric } from '../../../src/verdict/metric.ts';
import { metrics } from '../../../src/verdict/metrics/metrics.ts';
import type { Change } from './worsenings.ts';

/** Something that a test may assert, with the bounds of it from strict to loose and the changes that are worse for it. */
export interface Assertion {
  readonly name: string;
  /** From strict to loose. */
  readonly bounds: readonly (string | number)[];
  readonly worse: readonly Change[];
  /** The metric that is bounded, where it is one. */
  readonly metric?: Metric;
  /** How a value that keeps its bound stands to it, where both are numbers in one unit. */
  readonly relation?: '<' | '<=' | '>=';
  /**
   * What can be taken away without making it better: any operation that went well, those quicker than the bound, races that went well, or nothing.
   */
  readonly fewer: 'ok' | 'quick' | 'races' | 'nothing';
  /** It is about the share or the worst of all operations of the run, so that a run which fails from its middle on cannot pass. */
  readonly ofTheWhole?: boolean;
  /** It is about keys: an operation that was not sent promised nothing. */
  readonly ofKeys?: true;
  /** The change that no doubt can undo. */
  readonly witness?: Change;
  /** The window of a recording that it is asked of; undefined where a recording has none. */
  readonly window: WindowName;
  judge(recording: Recording, bound: string | number): readonly Judgement[];
}

/** The parts of a recording that can be asked. */
export type WindowName = 'run' | 'before' | 'during' | 'after' | 'named';

const windowNames: readonly WindowName[] = ['run', 'before', 'during', 'after', 'named'];

/** The window of a name; undefined where the recording has none. */
export function windowOf(recording: Recording, name: WindowName): Window | undefined {
  if (name === 'run') return recording;
  if (name === 'named') return recording.columns.names.includes('order') ? recording.named('order') : undefined;
  return name === 'before' || recording.faults.length > 0 ? recording[name] : undefined;
}

/** The status of an assertion; undefined where the recording has no such window. */
export function statusOf(assertion: Assertion, recording: Recording, bound: string | number): Status | undefined {
  if (windowOf(recording, assertion.window) === undefined) return undefined;
  return combine(assertion.judge(recording, bound));
}

type Matcher = (this: object, received: unknown, ...given: readonly unknown[]) => unknown;

const byName = matchers as unknown as Readonly<Record<keyof typeof matchers, Matcher>>;

/** What a matcher judges, as `expect` would call it. */
function judged(recording: Recording, name: keyof typeof matchers, ...given: unknown[]): readonly Judgement[] {
  const before = judgementsOf(recording).length;
  const [received, ...rest] = given;
  byName[name].call({}, received, ...rest);
  return judgementsOf(recording).slice(before);
}

function ofTheRun(
  name: string,
  bounds: readonly (string | number)[],
  worse: readonly Change[],
  judge: (recording: Recording, bound: string | number) => readonly Judgement[],
  rest: Partial<Assertion> = {},
): Assertion {
  return { name, bounds, worse, window: 'run', judge, fewer: 'nothing', ...rest };
}

/** What the rules need to know of a metric beside what it says itself. */
type About = Partial<Pick<Assertion, 'fewer' | 'ofKeys' | 'witness' | 'ofTheWhole'>>;

const races: About = { fewer: 'races', ofKeys: true };

/** What can be taken away without making a metric better, and what else the rules go by. */
const aboutMetrics: Readonly<Partial<Record<FixedName, About>>> = {
  RPS: { fewer: 'ok' },
  p50: { fewer: 'quick' },
  p95: { fewer: 'quick', ofTheWhole: true },
  p99: { fewer: 'quick', ofTheWhole: true },
  'error rate': { fewer: 'ok', ofTheWhole: true },
  availability: { fewer: 'ok', ofTheWhole: true },
  'Redis outage error rate': { fewer: 'ok' },
  'success during a database outage': { fewer: 'ok' },
  'success after a database outage': { fewer: 'ok' },
  'Redis recovery': { fewer: 'ok' },
  'database recovery': { fewer: 'ok' },
  recovery: { fewer: 'ok' },
  'recovery of goodput': { fewer: 'ok' },
  'recovery of errors': { fewer: 'ok' },
  lost: { witness: 'a lost key', ofKeys: true },
  duplicated: { witness: 'a key applied twice', ofKeys: true },
  'win rate': { ...races, witness: 'a second winner' },
  'race conditions': races,
  'race time': races,
  'slowest race': races,
};

/** Bounds by unit, from strict to loose where less is better. */
const boundsOf: Readonly<Record<Metric['unit'], readonly number[]>> = {
  '/s': [10, 30, 90, 150],
  ms: [20, 100, 1_000, 6_000, 20_000],
  '%': [0.1, 1, 5, 30],
  keys: [0],
  count: [1, 10, 25, 100],
  operations: [1, 10, 100],
  transactions: [1, 10, 100],
  bytes: [100e6, 110e6, 200e6],
};

/** Each metric with a bound, by the one judge, in each window that it may be asked of. */
function ofMetric(metric: Metric): Assertion[] {
  const about = aboutMetrics[metric.name as FixedName] ?? {};
  const relation = metric.better === 'more' ? '>=' : metric.unit === 'keys' ? '<=' : '<';
  const bounds = boundsOf[metric.unit].map((bound) => (metric.unit === '%' && relation === '>=' ? 100 - bound : bound));
  const strictFirst = relation === '>=' && metric.unit !== '%' ? bounds.toReversed() : bounds;
  const windows: readonly WindowName[] = metric.of === 'window' || metric.of === 'name' ? windowNames : ['run'];
  return windows.flatMap((window) =>
    [false, true].map((strict) => ({
      fewer: 'nothing' as const,
      ...about,
      worse: metric.worsen,
      name: `${metric.name}${strict ? ', strict' : ''}, ${window}`,
      metric,
      relation,
      bounds: strictFirst,
      window,
      ofTheWhole: window === 'run' && about.ofTheWhole === true,
      judge: (recording: Recording, bound: string | number) => {
        const part = windowOf(recording, window);
        return part ? [judge(metric, relation, Number(bound), part, { strict })] : [];
      },
    })),
  );
}

const bounded = metrics.filter(({ better }) => better !== 'neither');

/** What can be asked of a run under load. */
export const underLoad: readonly Assertion[] = [
  ...bounded.filter(({ of }) => of !== 'race').flatMap(ofMetric),
  ofTheRun('p99 stays steady', ['1%', '10%', '50%'], ['slower answers in the last part'], (recording, bound) =>
    judged(recording, 'toStaySteady', recording, { p99: bound }),
  ),
  ofTheRun('memory stays steady', ['1%', '10%', '50%'], ['a higher value in the last part'], (recording, bound) =>
    judged(recording, 'toStaySteady', recording, { memory: bound }),
  ),
  ofTheRun('loses nothing', [0], ['a lost key'], (recording) => judged(recording, 'toLoseNothing', recording), {
    witness: 'a lost key',
    ofKeys: true,
  }),
  ofTheRun(
    'applies each once',
    [0],
    ['a key applied twice'],
    (recording) => judged(recording, 'toApplyEachOnce', recording),
    { witness: 'a key applied twice', ofKeys: true },
  ),
  ofTheRun('liveness', ['100ms', '1s', '2s'], ['a slower poll'], (recording, bound) =>
    judged(recording, 'toStayLive', recording, { within: bound }),
  ),
  ofTheRun('readiness', ['500ms', '2s'], [], (recording, bound) =>
    judged(recording, 'toReportReadiness', recording, { within: bound }),
  ),
  ofTheRun('stays up', [0], ['an exit'], (recording) => judged(recording, 'toStayUp', recording), {
    witness: 'an exit',
  }),
  ...(['development', 'production'] as const).map((target) =>
    ofTheRun(
      `target ${target}`,
      [target],
      ['an error after the fault', 'a lost key'],
      (recording) => judged(recording, 'toMeet', recording, target),
      { ofKeys: true, ofTheWhole: target === 'production' },
    ),
  ),
];

/** What can be asked of races. */
export const ofRaces: readonly Assertion[] = [
  ...bounded.filter(({ of }) => of === 'race').flatMap(ofMetric),
  ofTheRun('one winner', [0], ['a second winner'], (recording) => judged(recording, 'toHaveOneWinner', recording), {
    fewer: 'races',
    witness: 'a second winner',
    ofKeys: true,
  }),
];
