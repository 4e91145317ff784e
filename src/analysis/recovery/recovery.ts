import { readable } from '../../duration.ts';
import { chunksOf } from '../../recording/columns.ts';
import type { Recording } from '../../recording/recording.ts';
import { binsOf } from './bins.ts';
import { type Comeback, comebackOf, type Good } from './comeback.ts';
import { accountOf } from './recovery-account.ts';
import { allGood, type Baseline, type BinRules, baselineOf, judgedBins, type RecoveryBin } from './recovery-bins.ts';
import { type LevelShift, shiftsIn, tailsOf, withTails } from './recovery-shift.ts';
import { backlogIn, type SignalRecovery, signalsOf } from './recovery-signals.ts';

/** What counts as recovered. */
export interface RecoveryOptions extends Partial<BinRules> {
  /** Good bins in a row that make a recovery, a whole number from 1. Default 3. */
  readonly inARow?: number;
}

/** Whether and when the service came back. Times are in milliseconds; all are NaN if it could not be measured. */
export interface Recovery extends Omit<Comeback, 'status'> {
  /** Read in the worst case. `unmeasured` says nothing about the service; `because` says what was missing. */
  readonly status: Comeback['status'] | 'unmeasured';
  /** From healing to recovery: the same as `afterWorst`. */
  readonly after: number;
  /** Ok operations that the bins that were bad in goodput, errors or p99 fell short of the baseline, summed. */
  readonly lostGoodput: number;
  /** When each signal came back for itself; none if unmeasured. */
  readonly signals: readonly SignalRecovery[];
  /** What all bins after the supposed recovery show together and none alone, in the worst case: why it was later, or never. */
  readonly shifts: readonly LevelShift[];
  /** Length of a bin. */
  readonly bin: number;
  /** All whole bins of the run, in order, good if all that counts for the recovery is; none if unmeasured. */
  readonly bins: readonly RecoveryBin[];
  /** Undefined if unmeasured. */
  readonly baseline: Baseline | undefined;
  /** How the result came about, in a sentence. */
  readonly because: string;
}

const defaults: Required<RecoveryOptions> = {
  inARow: 3,
  errorShare: 0.01,
  objective: 500,
  slower: 1,
  falseAlarm: 0.01,
};

/** Three seconds at 200/s hold five whole bins, wherever their edges fall. */
const fewestBaselineBins = 5;
const operationsPerBin = 100;
const shortestBin = 100;
const longestBin = 1_000;

/**
 * When the service did as well again as before the fault, counted from the last fault's healing.
 *
 * The run is cut into bins of 100 ms to 1 s that hold about 100 operations, with an edge at the healing. Recovered is the
 * start of the first `inARow` good bins in a row: goodput (by completion), errors and p99 (both by due time) as before the fault or
 * within the objective, with room for noise ({@link judgedBins} has the rule). A burst above the baseline is good. Where the run has a
 * probe named `backlog`, that must be drained too, to what it was before the fault ({@link drainedUpTo}). Each signal is also read for itself; the
 * connections of the pools are only that ({@link fullFrom}).
 *
 * Needs an open load of 100/s or more, five whole bins before the first fault took effect, and `inARow` after the last one healed.
 * @throws RangeError when an option is out of its range
 */
export function recovery(recording: Recording, options?: RecoveryOptions): Recovery {
  if (options) return measuredRecovery(recording, options);
  let result = known.get(recording);
  if (!result) {
    result = measuredRecovery(recording, {});
    known.set(recording, result);
  }
  return result;
}

/** A report asks for the same recovery once for each of its rows. */
const known = new WeakMap<Recording, Recovery>();

function measuredRecovery(recording: Recording, options: RecoveryOptions): Recovery {
  const rules = { ...defaults, ...options };
  check(rules);
  const faultAt = Math.min(...recording.faults.map((fault) => fault.inEffectAt));
  const healedAt = Math.max(...recording.faults.map((fault) => fault.healedAt));
  const obstacle = obstacleIn(recording, faultAt, healedAt);
  if (obstacle) return unmeasured(obstacle);

  const rate = rateBefore(recording, faultAt);
  const length = Math.max(shortestBin, Math.ceil((operationsPerBin * 100) / rate) * 10);
  if (length > longestBin) {
    return unmeasured(
      `before the fault ${rate.toFixed(1)} operations were due per second, and a bin of at most 1 s needs ${operationsPerBin}; offer at least ${operationsPerBin}/s`,
    );
  }
  const measured = binsOf(recording, healedAt, length);
  const before = measured.filter((bin) => bin.to <= faultAt && bin.due > 0);
  if (before.length < fewestBaselineBins) {
    return unmeasured(
      `only ${before.length} whole bins of ${length} ms with operations lie before the fault, and a baseline needs ${fewestBaselineBins}; let the load run ${readable((fewestBaselineBins + 1) * length)} before the fault, or raise the rate`,
    );
  }
  const baseline = baselineOf(before, rules);
  if (baseline.goodput === 0) {
    return unmeasured(
      'nothing succeeded before the fault, so there is nothing to come back to; look at the errors before it',
    );
  }
  const own = judgedBins(measured, baseline, faultAt, rules);
  const healedBins = own.filter((bin) => bin.from >= healedAt).length;
  if (healedBins < rules.inARow) {
    return unmeasured(
      `the load ended ${readable(recording.duration - healedAt)} after the fault was lifted, and a recovery shows in ${rules.inARow} bins of ${length} ms; let the load run longer`,
    );
  }
  const { inARow, falseAlarm } = rules;
  const ground = { recording, bins: own, faultAt, healedAt, inARow, falseAlarm };
  const backlog = backlogIn(ground);
  const bins = backlog ? own.map((bin, n) => ({ ...bin, good: allGood([bin.good, backlog.goods[n] as Good]) })) : own;
  const affected = bins.filter((bin) => bin.to > faultAt);
  const byBins = comebackOf(affected, faultAt, healedAt, inARow);
  const tailGround = { bins, baseline, faultAt, healedAt, rules };
  const tails = tailsOf(byBins, tailGround);
  const comeback = withTails(byBins, tails, tailGround);
  const shifts = shiftsIn(tails);
  return {
    ...comeback,
    after: comeback.afterWorst,
    lostGoodput: lostIn(own.filter((bin) => bin.to > faultAt)),
    signals: signalsOf(ground, { backlog, bins, comeback }).map((signal) => ({
      ...signal,
      ...withTails(signal, tails, tailGround, signal.kind),
    })),
    shifts,
    bin: length,
    bins,
    baseline,
    because: accountOf(comeback, shifts, tailGround, length),
  };
}

function lostIn(bins: readonly RecoveryBin[]): number {
  return bins.filter((bin) => !bin.good.worst).reduce((sum, bin) => sum + Math.max(0, bin.expected - bin.completed), 0);
}

/** Operations due per second before the fault: the plan's figure where it agrees with what was due, else what was due. */
function rateBefore(recording: Recording, faultAt: number): number {
  let due = 0;
  for (const { dueAt } of chunksOf(recording.columns)) {
    for (const instant of dueAt) if (instant >= 0 && instant < faultAt) due++;
  }
  const observed = (due * 1_000) / faultAt;
  const { offeredRate } = recording.generator;
  return offeredRate !== undefined && Math.abs(observed / offeredRate - 1) <= 0.1 ? offeredRate : observed;
}

function obstacleIn(recording: Recording, faultAt: number, healedAt: number): string | undefined {
  const { loop, load } = recording.generator;
  if (recording.faults.length === 0) return 'this run had no fault; pass faults to run()';
  if (loop !== 'open') {
    return `${load} waits for its answers, so during an outage it offers next to nothing; use an open load such as arrivals()`;
  }
  const asleep = recording.faults.find((fault) => Number.isNaN(fault.inEffectAt));
  if (asleep) return `${asleep.name} never took effect; look at its events`;
  const sick = recording.faults.find((fault) => Number.isNaN(fault.healedAt));
  if (sick) return `${sick.name} never healed, so there is no instant to count from; look at its events`;
  if (!(faultAt > 0))
    return 'the first fault took effect at the start of the run, so there is no baseline; let it begin later';
  return healedAt < recording.duration
    ? undefined
    : `the load ended at ${readable(recording.duration)}, before the fault was lifted at ${readable(healedAt)}; let the load run longer`;
}

function unmeasured(because: string): Recovery {
  return {
    status: 'unmeasured',
    after: Number.NaN,
    afterBest: Number.NaN,
    afterWorst: Number.NaN,
    observed: Number.NaN,
    timeToDegrade: Number.NaN,
    lostGoodput: Number.NaN,
    relapses: Number.NaN,
    relapsedFrom: Number.NaN,
    signals: [],
    shifts: [],
    bin: Number.NaN,
    bins: [],
    baseline: undefined,
    because,
  };
}

function check(rules: Required<RecoveryOptions>): void {
  const { inARow, errorShare, objective, slower, falseAlarm } = rules;
  const require = (holds: boolean, rule: string, value: number): void => {
    if (!holds) throw new RangeError(`recovery: ${rule}; got ${value}`);
  };
  require(Number.isInteger(inARow) && inARow >= 1, 'inARow must be a whole number of bins from 1', inARow);
  require(errorShare >= 0 && errorShare <= 1, 'errorShare must be from 0 to 1 (0.01 for 1 %)', errorShare);
  require(objective >= 0, 'objective must be milliseconds from 0', objective);
  require(slower >= 0, 'slower must be a share from 0 (1 for twice the baseline)', slower);
  require(falseAlarm > 0 && falseAlarm < 1, 'falseAlarm must lie between 0 and 1 (0.01 for 1 %)', falseAlarm);
}
