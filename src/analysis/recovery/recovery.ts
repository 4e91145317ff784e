import { readable } from '../../duration.ts';
import { chunksOf } from '../../recording/columns.ts';
import type { FaultRecord, Recording } from '../../recording/recording.ts';
import type { Good } from './bin-look.ts';
import { cutBins } from './bins.ts';
import { type Comeback, type FaultTimes, readComeback } from './comeback.ts';
import { explain } from './recovery-account.ts';
import { type Baseline, combineGood, judgeBins, measureBaseline, type RecoveryBin } from './recovery-bins.ts';
import { completeRules, type RecoveryOptions } from './recovery-rules.ts';
import { applyTails, chooseShifts, type LevelShift, readTails } from './recovery-shift.ts';
import { judgeBacklog, readSignals, type SignalRecovery } from './recovery-signals.ts';

/** Whether and when the service came back. Times are in milliseconds; all are NaN if it could not be measured. */
export interface Recovery extends Omit<Comeback, 'status'> {
  /** In the worst case. `unmeasured` says nothing about the service; `because` says what was missing. */
  readonly status: Comeback['status'] | 'unmeasured';
  /** From healing to recovery: the same as `afterWorst`. */
  readonly after: number;
  /**
   * Ok operations that were missing in the bins that were bad in goodput, errors or p99, compared with the baseline.
   */
  readonly lostGoodput: number;
  /** When each signal came back for itself; none if unmeasured. */
  readonly signals: readonly SignalRecovery[];
  /**
   * What the bins after a supposed recovery show together and none shows alone: why the recovery was later, or never.
   */
  readonly shifts: readonly LevelShift[];
  /** Length of a bin. */
  readonly bin: number;
  /** All whole bins of the run, in order, good if all that counts for the recovery is; none if unmeasured. */
  readonly bins: readonly RecoveryBin[];
  /** Undefined if unmeasured. */
  readonly baseline: Baseline | undefined;
  /**
   * Why "as good as before" proves nothing: the service was in a bad way before the fault. Undefined where it was not.
   */
  readonly doubt: string | undefined;
  /** How the result came about, as a clause. */
  readonly because: string;
}

/** Three seconds at 200/s hold five whole bins, wherever their edges fall. */
const fewestBaselineBins = 5;
const operationsPerBin = 100;
const shortestBin = 100;
const longestBin = 1_000;

/**
 * When the service did as well again as before the fault, counted from the last fault's healing.
 *
 * The run is cut into bins of 100 ms to 1 s that hold about 100 operations, with an edge at the healing. The recovery
 * is the start of the first `inARow` good bins in a row that no relapse follows ({@link findReturn}).
 *
 * A bin is good if goodput (by completion), errors and p99 (both by due time) are as before the fault or within the
 * objective, with room for noise ({@link judgeBins}). A burst above the baseline is good. In a run with a probe named
 * `backlog`, that must be drained too, to what it was before the fault ({@link findDrainedLevel}). Each signal is also
 * read for itself. The connections of the pools are only told ({@link findFullLevel}).
 *
 * Needs an open load of 100/s or more, five whole bins before the first fault was asked for, and `inARow` after the
 * last one healed.
 * @throws RangeError when an option is out of its range
 */
export function measureRecovery(recording: Recording, options?: RecoveryOptions): Recovery {
  if (options) return measureOnce(recording, options);
  let result = known.get(recording);
  if (!result) {
    result = measureOnce(recording, {});
    known.set(recording, result);
  }
  return result;
}

/** A report asks for the same recovery once for each of its rows. */
const known = new WeakMap<Recording, Recovery>();

function measureOnce(recording: Recording, options: RecoveryOptions): Recovery {
  const rules = completeRules(options);
  const times = findFaultTimes(recording);
  const { askedAt, healedAt } = times;
  const obstacle = findObstacle(recording, times);
  if (obstacle) return makeUnmeasured(obstacle);

  const rate = measureRateBefore(recording, askedAt);
  const length = Math.max(shortestBin, Math.ceil((operationsPerBin * 100) / rate) * 10);
  if (length > longestBin) {
    return makeUnmeasured(
      `before the fault ${rate.toFixed(1)} operations were due per second, and a bin of at most 1 s needs ${operationsPerBin}; offer at least ${operationsPerBin}/s`,
    );
  }
  const measured = cutBins(recording, { anchor: healedAt, length, askedAt });
  const before = measured.filter((bin) => bin.to <= askedAt && bin.due > 0);
  if (before.length < fewestBaselineBins) {
    return makeUnmeasured(
      `only ${before.length} whole bins of ${length} ms with operations lie before the fault, and a baseline needs ${fewestBaselineBins}; let the load run ${readable((fewestBaselineBins + 1) * length)} before the fault, or raise the rate`,
    );
  }
  const baseline = measureBaseline(before, rules);
  if (baseline.goodput === 0) {
    return makeUnmeasured(
      'nothing succeeded before the fault, so there is nothing to come back to; look at the errors before it',
    );
  }
  const own = judgeBins(measured, baseline, askedAt, rules);
  const healedBins = own.filter((bin) => bin.from >= healedAt).length;
  if (healedBins < rules.inARow) {
    return makeUnmeasured(
      `the load ended ${readable(recording.duration - healedAt)} after the fault was lifted, and a recovery shows in ${rules.inARow} bins of ${length} ms; let the load run longer`,
    );
  }
  const relapse = { ...rules, faultLasted: findShortestFault(recording.faults) };
  const ground = { recording, bins: own, times, relapse, falseAlarm: rules.falseAlarm };
  const backlog = judgeBacklog(ground);
  const bins = backlog
    ? own.map((bin, n) => ({ ...bin, good: combineGood([bin.good, backlog.goods[n] as Good]) }))
    : own;
  const byBins = readComeback(bins, times, relapse);
  const tailGround = { bins, baseline, times, rules };
  const tails = readTails(byBins, tailGround);
  const comeback = applyTails(byBins, tails, tailGround);
  const shifts = chooseShifts(tails);
  return {
    ...comeback,
    after: comeback.afterWorst,
    lostGoodput: countLost(own.filter((bin) => bin.to > askedAt)),
    signals: readSignals(ground, { backlog, bins, comeback }).map((signal) => ({
      ...signal,
      ...applyTails(signal, tails, tailGround, signal.kind),
    })),
    shifts,
    bin: length,
    bins,
    baseline,
    doubt: findDoubt(baseline),
    because: explain(comeback, shifts, tailGround, length),
  };
}

/** Above this share of errors a service is unstable. From this p99 on, in milliseconds, its queues are full. */
const [unstableShare, saturatedP99] = [0.05, 5_000];

function findDoubt({ errorShare, p99 }: Baseline): string | undefined {
  const flaws = [
    errorShare > unstableShare ? `${(errorShare * 100).toFixed(1)} % of the operations failed` : '',
    p99 >= saturatedP99 ? `p99 was ${readable(p99)}` : '',
  ].filter(Boolean);
  if (flaws.length === 0) return undefined;
  return `Before the fault ${flaws.join(' and ')}, so that being as good as before says nothing of a recovery: see first that the app does well in a run without faults.`;
}

/**
 * When the first fault was asked for, when the first took effect, and when the last was healed. NaN where one never
 * was.
 */
function findFaultTimes({ faults }: Recording): FaultTimes {
  const earliest = (instants: readonly number[]) =>
    instants.reduce((one, other) => Math.min(one, other), Number.POSITIVE_INFINITY);
  const inEffectAt = earliest(faults.map((fault) => fault.inEffectAt));
  return {
    inEffectAt,
    // Old recordings may not say when a fault was asked for.
    askedAt: earliest(faults.map((fault) => (Number.isNaN(fault.askedAt) ? fault.inEffectAt : fault.askedAt))),
    healedAt: faults.reduce((latest, { healedAt }) => Math.max(latest, healedAt), Number.NEGATIVE_INFINITY),
  };
}

function findShortestFault(faults: readonly FaultRecord[]): number {
  return faults.reduce(
    (least, { inEffectAt, healedAt }) => Math.min(least, healedAt - inEffectAt),
    Number.POSITIVE_INFINITY,
  );
}

function countLost(bins: readonly RecoveryBin[]): number {
  return bins.filter((bin) => !bin.good.worst).reduce((sum, bin) => sum + Math.max(0, bin.expected - bin.completed), 0);
}

/**
 * Operations due per second before the fault: the plan's figure where it agrees with what was due, else what was due.
 */
function measureRateBefore(recording: Recording, askedAt: number): number {
  let due = 0;
  for (const { dueAt } of chunksOf(recording.columns)) {
    for (const instant of dueAt) if (instant >= 0 && instant < askedAt) due++;
  }
  const observed = (due * 1_000) / askedAt;
  const { offeredRate } = recording.generator;
  return offeredRate !== undefined && Math.abs(observed / offeredRate - 1) <= 0.1 ? offeredRate : observed;
}

function findObstacle(recording: Recording, { askedAt, healedAt }: FaultTimes): string | undefined {
  const { loop, load } = recording.generator;
  if (recording.faults.length === 0) return 'this run had no fault; pass faults to run()';
  if (loop !== 'open') {
    return `${load} waits for its answers, so during an outage it offers next to nothing; use an open load such as arrivals()`;
  }
  const asleep = recording.faults.find((fault) => Number.isNaN(fault.inEffectAt));
  if (asleep) return `${asleep.name} never took effect; look at its events`;
  const sick = recording.faults.find((fault) => Number.isNaN(fault.healedAt));
  if (sick) return `${sick.name} never healed, so there is no instant to count from; look at its events`;
  if (!(askedAt > 0))
    return 'the first fault was asked for at the start of the run, so there is no baseline; let it begin later';
  return healedAt < recording.duration
    ? undefined
    : `the load ended at ${readable(recording.duration)}, before the fault was lifted at ${readable(healedAt)}; let the load run longer`;
}

function makeUnmeasured(because: string): Recovery {
  return {
    status: 'unmeasured',
    after: Number.NaN,
    afterBest: Number.NaN,
    afterWorst: Number.NaN,
    observed: Number.NaN,
    timeToDegrade: Number.NaN,
    lostGoodput: Number.NaN,
    firstAfter: Number.NaN,
    relapses: Number.NaN,
    relapsedFrom: Number.NaN,
    signals: [],
    shifts: [],
    bin: Number.NaN,
    bins: [],
    baseline: undefined,
    doubt: undefined,
    because,
  };
}
