import type { Recording } from '../../recording/recording.ts';
import { median } from '../stats/order.ts';
import type { Case } from '../window/cases.ts';
import { findDrainedLevel, findProbeSeries } from './backlog.ts';
import type { BinLook, Good } from './bin-look.ts';
import { type Comeback, type FaultTimes, readComeback } from './comeback.ts';
import type { BinSignal, RecoveryBin } from './recovery-bins.ts';
import { findFewestBefore, findFullLevel, findPools } from './recovery-pool.ts';
import { judgeBySamples, selectWithin } from './recovery-samples.ts';
import type { RelapseRules } from './relapse.ts';

/** When one signal came back. */
export interface SignalRecovery extends Comeback {
  readonly kind: BinSignal | 'backlog' | 'pool';
  /** Of a pool: the user's name for the service. */
  readonly service?: string;
  /** Whether connections of our own are among those of a pool. */
  readonly hasOurs?: boolean;
  /** `back`: the most that may wait, or the fewest connections, that are back. `before`: the level before the fault. */
  readonly level?: { readonly back: number; readonly before?: number };
}

/** What the signals of a run are read from. */
export interface SignalGround {
  readonly recording: Recording;
  /** All whole bins of the run, good by goodput, errors and p99. */
  readonly bins: readonly RecoveryBin[];
  readonly times: FaultTimes;
  readonly relapse: RelapseRules;
  /** See {@link BinRules.falseAlarm}. */
  readonly falseAlarm: number;
}

/** A backlog bin by bin. */
export interface BacklogGood {
  readonly goods: readonly Good[];
  /** Up to where it counts as drained; NaN when nothing was seen of it before the fault. */
  readonly limit: number;
}

/** The recovery of all signals together. */
export interface Whole {
  readonly backlog: BacklogGood | undefined;
  /** All whole bins of the run, good if the backlog is too. */
  readonly bins: readonly BinLook[];
  readonly comeback: Comeback;
}

/** The probe whose number is the backlog of the app. */
const backlogProbe = 'backlog';

/** Whether the backlog was drained, bin by bin; undefined in a run without a probe of that name. */
export function judgeBacklog({
  recording,
  bins,
  times: { askedAt },
  falseAlarm,
}: SignalGround): BacklogGood | undefined {
  const series = findProbeSeries(recording, backlogProbe);
  if (!series) return undefined;
  const looks = Math.max(1, bins.filter((bin) => bin.to > askedAt).length);
  const limit = findDrainedLevel(series, askedAt, falseAlarm / looks);
  // Without anything to compare with, nobody knows.
  const known = Number.isNaN(limit) ? { ...series, values: series.values.map(() => Number.NaN) } : series;
  return { limit, goods: judgeBySamples(bins, known, (value) => value <= limit) };
}

/**
 * Reads when each signal came back: goodput, errors and p99; the backlog, where there is a probe of that name; and the
 * connections at each service that suffered, where they were counted.
 */
export function readSignals(ground: SignalGround, { backlog, bins: all, comeback: whole }: Whole): SignalRecovery[] {
  const { recording, bins, times, relapse } = ground;
  const { askedAt, healedAt } = times;
  const comeback = (goods: readonly Good[], kind?: BinSignal): Comeback => {
    const looks = bins.map(({ from, to, failed, isShown }, n): BinLook => {
      const look = { from, to, isShown, good: goods[n] as Good };
      return kind === 'errors' ? { ...look, failed } : look;
    });
    return readComeback(looks, times, relapse);
  };
  const operations = (['goodput', 'errors', 'p99'] as const).map((kind) => ({
    kind,
    ...comeback(
      bins.map(({ signals }) => signals[kind]),
      kind,
    ),
  }));
  const drained = backlog
    ? [{ kind: 'backlog' as const, level: { back: backlog.limit }, ...comeback(backlog.goods) }]
    : [];
  // A queue that gets shorter is work that is done: the connections are enough for it.
  const worked = isDraining(recording, healedAt)
    ? findWorkingBins(bins, healedAt, readComeback(bins, times, relapse))
    : findWorkingBins(all, healedAt, whole);
  const pools = findPools(recording).flatMap((pool) => {
    const full = { best: findFullLevel(pool, askedAt, worked.best), worst: findFullLevel(pool, askedAt, worked.worst) };
    if (Number.isNaN(full.worst)) return [];
    const goods = (which: Case) => judgeBySamples(bins, pool.connections, (value) => value >= full[which]);
    const [best, worst] = [goods('best'), goods('worst')];
    const level = { back: full.worst, before: findFewestBefore(pool, askedAt) };
    // As many as before, and no work done: they may all be lost to it.
    const serves = (bin: BinLook) => bin.to <= healedAt || worked.worst.length > 0;
    const good = bins.map((bin, n) => ({
      best: (best[n] as Good).best,
      worst: (worst[n] as Good).worst && serves(bin),
    }));
    // Lost again for certain, by their number alone.
    const { relapsedFrom, firstAfter } = comeback(best.map((one) => ({ best: one.best, worst: one.best })));
    return [
      {
        kind: 'pool' as const,
        service: pool.service,
        hasOurs: pool.hasOurs,
        level,
        ...comeback(good),
        relapsedFrom,
        firstAfter,
      },
    ];
  });
  return [...operations, ...drained, ...pools];
}

/** Whether the backlog was smaller in the second half of the time after the healing than in the first. */
function isDraining(recording: Recording, healedAt: number): boolean {
  const series = findProbeSeries(recording, backlogProbe);
  if (!series) return false;
  const middle = (healedAt + recording.duration) / 2;
  const level = (from: number, to: number) => median(selectWithin(series, [{ from, to }]));
  return level(middle, recording.duration) < level(healedAt, middle);
}

/**
 * The bins from the recovery on in which the app did its work as before, in the best and in the worst case. None
 * without a recovery: then the app cannot do its work with the connections that it has.
 */
function findWorkingBins(
  bins: readonly BinLook[],
  healedAt: number,
  { afterBest, afterWorst, relapsedFrom }: Comeback,
): Readonly<Record<Case, readonly BinLook[]>> {
  if (Number.isFinite(relapsedFrom)) return { best: [], worst: [] };
  const since = (after: number, which: Case) =>
    bins.filter(({ from, good }) => from >= healedAt + after && good[which]);
  return { best: since(afterBest, 'best'), worst: since(afterWorst, 'worst') };
}
