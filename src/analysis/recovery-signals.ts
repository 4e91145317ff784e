import type { Recording } from '../recording/recording.ts';
import { drainedUpTo, probeSeriesOf } from './backlog.ts';
import { type Comeback, comebackOf, type Good } from './comeback.ts';
import type { BinSignal, RecoveryBin } from './recovery-bins.ts';
import { fewestBefore, fullFrom, poolsOf } from './recovery-pool.ts';
import { goodBySamples } from './recovery-samples.ts';

/** When one thing that was looked at came back, for itself. */
export interface SignalRecovery extends Comeback {
  readonly kind: BinSignal | 'backlog' | 'pool';
  /** Of a pool: the user's name for the service. */
  readonly service?: string;
  /** What counts as back, and what it was before, in the signal's own unit: how many operations wait at most, how many connections there are at least. */
  readonly level?: { readonly back: number; readonly before?: number };
}

/** What the signals of a run are read from. */
export interface SignalGround {
  readonly recording: Recording;
  /** All whole bins of the run, good by goodput, errors and p99. */
  readonly bins: readonly RecoveryBin[];
  readonly faultAt: number;
  readonly healedAt: number;
  readonly inARow: number;
  /** See {@link BinRules.falseAlarm}. */
  readonly falseAlarm: number;
}

/** A backlog bin by bin. */
export interface BacklogGood {
  readonly goods: readonly Good[];
  /** Up to where it counts as drained; NaN when nothing was seen of it before the fault. */
  readonly limit: number;
}

/** The probe whose number is the backlog of the app. */
const backlogProbe = 'backlog';

/** Whether the backlog was drained, bin by bin; undefined in a run without a probe of that name. */
export function backlogIn({ recording, bins, faultAt, falseAlarm }: SignalGround): BacklogGood | undefined {
  const series = probeSeriesOf(recording, backlogProbe);
  if (!series) return undefined;
  const looks = Math.max(1, bins.filter((bin) => bin.to > faultAt).length);
  const limit = drainedUpTo(series, faultAt, falseAlarm / looks);
  // Without anything to compare with, nobody knows.
  const known = Number.isNaN(limit) ? { ...series, values: series.values.map(() => Number.NaN) } : series;
  return { limit, goods: goodBySamples(bins, known, (value) => value <= limit) };
}

/**
 * When each signal came back for itself: goodput, errors and p99, the backlog where there is a probe of that name, and the connections at each service that
 * suffered, where they were counted.
 */
export function signalsOf(ground: SignalGround, backlog: BacklogGood | undefined): SignalRecovery[] {
  const { recording, bins, faultAt, healedAt, inARow } = ground;
  const comeback = (goods: readonly Good[]): Comeback => {
    const looks = bins.map(({ from, to }, n) => ({ from, to, good: goods[n] as Good }));
    return comebackOf(
      looks.filter(({ to }) => to > faultAt),
      faultAt,
      healedAt,
      inARow,
    );
  };
  const operations = (['goodput', 'errors', 'p99'] as const).map((kind) => ({
    kind,
    ...comeback(bins.map(({ signals }) => signals[kind])),
  }));
  const drained = backlog
    ? [{ kind: 'backlog' as const, level: { back: backlog.limit }, ...comeback(backlog.goods) }]
    : [];
  const workingFrom = healedAt + comeback(bins.map(({ good }) => good)).afterWorst;
  const pools = poolsOf(recording).flatMap((pool) => {
    const back = fullFrom(pool, faultAt, workingFrom);
    if (Number.isNaN(back)) return [];
    const goods = goodBySamples(bins, pool.connections, (value) => value >= back);
    const level = { back, before: fewestBefore(pool, faultAt) };
    return [{ kind: 'pool' as const, service: pool.service, level, ...comeback(goods) }];
  });
  return [...operations, ...drained, ...pools];
}
