import type { Recording, Window } from '../../recording/recording.ts';
import type { Relation } from '../bound.ts';
import { isKeyed } from '../checks/keyed-runs.ts';
import { oneWinner } from '../checks/one-winner.ts';
import { judge } from '../judge.ts';
import type { Judgement } from '../judgement.ts';
import type { Metric } from '../metric.ts';
import { fromPercent, share, toPercent } from '../percent.ts';
import { answeredOfOffered } from './kept-up.ts';
import { metrics } from './metrics.ts';
import type { TargetBound, TargetBounds } from './targets.ts';

const relations = { below: '<', atMost: '<=', above: '>', atLeast: '>=' } as const satisfies Record<string, Relation>;

type Side = keyof typeof relations;

/** Metrics that a target can bound. What no run has by itself, a search alone asks for. */
const bounded = metrics.filter((metric) => metric.better !== 'neither' && metric !== answeredOfOffered);

/**
 * Does a recording meet a target? One judgement for each bound and each window to which it applies: throughput and
 * latency without a fault, the outage rows to their windows, the race rows (and always one winner) to a race. None if
 * no bound applies.
 * @param strict whether the whole interval of a share or a percentile must keep its bound
 * @throws TypeError when a bound names a metric that no target has, the wrong side of it, or a value out of its range
 */
export function meet(recording: Recording, bounds: TargetBounds, strict = false): Judgement[] {
  const checked = checkBounds(bounds, 'toMeet');
  const judgements = checked.flatMap(({ metric, relation, value }) =>
    windowsOf(metric, recording).map((window) => judge(metric, relation, value, window, { strict })),
  );
  return recording.generator.loop === 'race' ? [...judgements, oneWinner(recording)] : judgements;
}

/** With a fault and keys, the final state is demanded even where none was read: it is then unknown, and says so. */
function windowsOf(metric: Metric, recording: Recording): readonly Window[] {
  const isDemanded = recording.faults.length > 0 || recording.stateUnread !== undefined;
  return isOfKeys(metric) && isDemanded && isKeyed(recording) ? [recording] : metric.windows(recording);
}

/** One lost key is a witness, so no other bound than 0 means anything. */
function isOfKeys({ unit }: Metric): boolean {
  return unit === 'keys';
}

/**
 * The bounds of a target.
 * @param subject what they belong to, named in errors
 * @throws TypeError when a bound names a metric that no target has, the wrong side of it, or a value out of its range
 */
export function checkBounds(bounds: TargetBounds, subject: string): Checked[] {
  return Object.entries(bounds).map(([name, bound]) => checkedBound(name, bound, subject));
}

/** A bound that can be judged. */
export interface Checked {
  readonly metric: Metric;
  readonly relation: Relation;
  readonly value: number;
}

function checkedBound(name: string, bound: TargetBound, subject: string): Checked {
  const metric = bounded.find((one) => one.name === name);
  if (!metric) {
    const names = bounded.map((one) => one.name).join(', ');
    throw new TypeError(`${subject}: '${name}' is no metric of a target; these are: ${names}`);
  }
  const sides: readonly Side[] = isOfKeys(metric)
    ? ['atMost']
    : metric.better === 'less'
      ? ['below', 'atMost']
      : ['above', 'atLeast'];
  const [[side, value] = ['nothing', Number.NaN], ...more] = Object.entries(bound ?? {}) as [Side, unknown][];
  if (more.length > 0 || !sides.includes(side as Side)) {
    throw new TypeError(
      `${subject}: '${name}' takes one of ${sides.join(', ')}, such as { ${sides[0]}: 1 }; got ${JSON.stringify(bound)}`,
    );
  }
  return { metric, relation: relations[side as Side], value: numberOf(metric, value, subject) };
}

function numberOf(metric: Metric, value: unknown, subject: string): number {
  const { name, unit } = metric;
  if (isOfKeys(metric)) {
    if (value === 0) return 0;
    throw new TypeError(`${subject}: '${name}' needs 0; got ${String(value)}`);
  }
  if (unit === '%') return percentOf(metric, value, subject);
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  throw new TypeError(`${subject}: '${name}' needs a number from 0; got ${String(value)}`);
}

/**
 * Per cent as a number or as text. For what has to be high, a number from 0 to 1 is a share by mistake: it would demand
 * next to nothing.
 */
function percentOf({ name, better }: Metric, value: unknown, subject: string): number {
  if (typeof value === 'string') return toPercent(share(value as `${number}%`, `${subject}: '${name}'`));
  const low = better === 'more' && typeof value === 'number' && value > 0 && value <= 1;
  if (low) {
    throw new TypeError(
      `${subject}: '${name}' is in per cent, and ${value} % demands next to nothing; write '${toPercent(value)}%', or '${value}%' if that is meant`,
    );
  }
  if (typeof value === 'number' && value >= 0 && value <= 100) return toPercent(fromPercent(value));
  throw new TypeError(`${subject}: '${name}' needs per cent, a number from 0 to 100; got ${String(value)}`);
}
