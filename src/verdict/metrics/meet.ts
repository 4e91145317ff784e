import { hasKeys } from '../../recording/columns.ts';
import type { Recording, Window } from '../../recording/recording.ts';
import { backlogBelow } from '../checks/backlog-below.ts';
import { errorRateBelow, successAbove } from '../checks/error-rate-below.ts';
import { latencyBelow } from '../checks/latency-below.ts';
import { loseNothing } from '../checks/lose-nothing.ts';
import { oneWinner } from '../checks/one-winner.ts';
import { poolRecoverWithin } from '../checks/pool-recover-within.ts';
import { raceTimeBelow } from '../checks/race-time-below.ts';
import { recoverWithin } from '../checks/recover-within.ts';
import { sustainRps } from '../checks/sustain-rps.ts';
import { winRateAbove } from '../checks/win-rate-above.ts';
import type { Judgement } from '../judgement.ts';
import { fromPercent } from '../percent.ts';
import { metrics } from './metrics.ts';
import type { TargetBound, TargetBounds, TargetMetric } from './targets.ts';

type Side = 'above' | 'atLeast' | 'below' | 'atMost';

interface Rule {
  readonly sides: readonly Side[];
  judge(window: Window, value: number, side: Side, strict: boolean): Judgement;
}

const rules: Readonly<Record<TargetMetric, Rule>> = {
  RPS: {
    sides: ['above', 'atLeast'],
    judge: (window, value, side) => sustainRps(window, value, side === 'above' ? '>' : '>='),
  },
  p95: { sides: ['below'], judge: (window, value, _, strict) => latencyBelow(window, 0.95, value, strict) },
  p99: { sides: ['below'], judge: (window, value, _, strict) => latencyBelow(window, 0.99, value, strict) },
  'error rate': { sides: ['below'], judge: errorsBelow },
  availability: {
    sides: ['above'],
    judge: (window, value, _, strict) => successAbove(window, fromPercent(value), 'availability', strict),
  },
  'win rate': {
    sides: ['above', 'atLeast'],
    judge: (window, value, side, strict) =>
      winRateAbove(window.recording, fromPercent(value), side === 'above' ? '>' : '>=', strict),
  },
  'race time': { sides: ['below'], judge: (window, value) => raceTimeBelow(window.recording, value) },
  'Redis outage error rate': { sides: ['below'], judge: errorsBelow },
  'Redis recovery': { sides: ['below', 'atMost'], judge: recovered },
  'success after a database outage': {
    sides: ['above'],
    judge: (window, value, _, strict) =>
      successAbove(window, fromPercent(value), 'success after a database outage', strict),
  },
  'database recovery': { sides: ['below', 'atMost'], judge: recovered },
  'pool recovery': {
    sides: ['below', 'atMost'],
    judge: (window, value, side) => poolRecoverWithin(window.recording, value, side === 'below' ? '<' : '<='),
  },
  'queue backlog': { sides: ['below'], judge: (window, value) => backlogBelow(window.recording, value) },
  lost: { sides: ['atMost'], judge: (window) => loseNothing(window.recording) },
};

/**
 * Does a recording meet a target? One judgement per bound that applies to such a run: throughput and latency without a
 * fault, the outage rows to their windows, the race rows (and always one winner) to a race. None if no bound applies.
 * @param strict whether the whole interval of a share or a percentile must keep its bound
 * @throws TypeError when a bound names a metric that no target has, or the wrong side of it
 */
export function meet(recording: Recording, bounds: TargetBounds, strict = false): Judgement[] {
  const checked = Object.entries(bounds).map(([metric, bound]) => checkedBound(metric, bound));
  const judgements = checked.flatMap(({ metric, rule, side, value }) =>
    windowsOf(metric, recording).map((window) => rule.judge(window, value, side, strict)),
  );
  return recording.generator.loop === 'race' ? [...judgements, oneWinner(recording)] : judgements;
}

function windowsOf(metric: string, recording: Recording): readonly Window[] {
  const windows = metrics.find(({ name }) => name === metric)?.windows(recording) ?? [];
  // With a fault and keys, losing nothing is demanded even where no final state was read: it is then unknown, and says so.
  const wanted = recording.faults.length > 0 || recording.stateUnread !== undefined;
  const unread = metric === 'lost' && !recording.finalState && wanted;
  const keyed = recording.generator.loop !== 'race' && hasKeys(recording.columns);
  return unread && keyed ? [recording] : windows;
}

function checkedBound(metric: string, bound: TargetBound) {
  const rule = Object.hasOwn(rules, metric) ? rules[metric as TargetMetric] : undefined;
  if (!rule) {
    throw new TypeError(`toMeet: '${metric}' is no metric of a target; these are: ${Object.keys(rules).join(', ')}`);
  }
  const [[side, value] = ['nothing', Number.NaN], ...more] = Object.entries(bound ?? {}) as [Side, number][];
  if (more.length > 0 || !rule.sides.includes(side as Side)) {
    throw new TypeError(
      `toMeet: '${metric}' takes one of ${rule.sides.join(', ')}, such as { ${rule.sides[0]}: 1 }; got ${JSON.stringify(bound)}`,
    );
  }
  const impossible = metric === 'lost' ? value !== 0 : !(Number.isFinite(value) && value >= 0);
  if (impossible) {
    throw new TypeError(`toMeet: '${metric}' needs ${metric === 'lost' ? '0' : 'a number from 0'}; got ${value}`);
  }
  return { metric, rule, side: side as Side, value };
}

function errorsBelow(window: Window, value: number, _: Side, strict: boolean): Judgement {
  return errorRateBelow(window, fromPercent(value), strict);
}

function recovered(window: Window, value: number, side: Side): Judgement {
  return recoverWithin(window.recording, value, side === 'below' ? '<' : '<=');
}
