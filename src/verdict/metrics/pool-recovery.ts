import { measureRecovery, type Recovery } from '../../analysis/recovery/recovery.ts';
import { findPools } from '../../analysis/recovery/recovery-pool.ts';
import type { SignalRecovery } from '../../analysis/recovery/recovery-signals.ts';
import { readable } from '../../duration.ts';
import type { Recording, Window } from '../../recording/recording.ts';
import type { Measured, Metric } from '../metric.ts';
import { remedyOf } from '../words/advice.ts';
import { counted, faultsText } from '../words/evidence.ts';
import { afterFaults } from './outages.ts';
import { backText, timesBack, unmeasuredText } from './recovery.ts';

/**
 * Milliseconds from the last fault's healing until the app held its connections to the databases again: as many as
 * before, or as its work needs.
 */
export const poolRecovery: Metric = {
  name: 'pool recovery',
  unit: 'ms',
  of: 'run',
  better: 'less',
  worsen: [],
  how: "from the last fault's healing until the app held as many connections to the database as before, or as its work needs if that is less",
  windows: (recording) => (askedPools(recording) > 0 ? [afterFaults(recording)] : []),
  part: afterFaults,
  measure: ({ recording }) => measured(recording),
  timed: true,
  words: {
    inFull: 'pool recovery time',
    text: (after, { recording }) => {
      const pool = slowestPool(recording);
      return pool ? backText(after, pool) : 'not measured';
    },
    bound: readable,
    undecided: undecidedText,
    facts: ({ window: { recording } }) => {
      const pool = slowestPool(recording);
      return [
        pool && Number.isFinite(pool.relapsedFrom)
          ? `The pool lost connections again ${readable(pool.relapsedFrom)} after healing, and stayed so to the end of the run.`
          : '',
        pool ? levelText(pool) : '',
        faultsText(recording.faults),
      ];
    },
    advice: ({ window }) => [remedyOf(window.recording, 'recovery')],
  },
};

function measured(recording: Recording): Measured {
  const seen = measureRecovery(recording);
  const pools = poolSignals(recording);
  const [slowest] = pools;
  const times = pools.map(timesBack);
  const uncounted = !slowest || pools.length < askedPools(recording);
  const reason = uncounted ? (unmeasuredText(recording, seen) ?? nobodyCounted) : undefined;
  const none = { best: Number.NaN, worst: Number.NaN };
  return {
    best: slowest ? Math.max(...times.map(({ best }) => best)) : none.best,
    worst: slowest ? Math.max(...times.map(({ worst }) => worst)) : none.worst,
    ...(slowest && { seen: { best: slowest.afterBest, worst: slowest.afterWorst } }),
    samples: seen.bins.length,
    needs: 0,
    doubts: reason === undefined ? [] : [{ reason, ...(slowest && { spares: 'fail' as const }) }],
  };
}

/** The pool of a database that was full again last, or never; undefined where recovery could not be measured. */
function slowestPool(recording: Recording): SignalRecovery | undefined {
  return poolSignals(recording)[0];
}

/** The pools of the databases that suffered, that which was full again last first. */
function poolSignals(recording: Recording): SignalRecovery[] {
  const databases = databasesOf(recording);
  return measureRecovery(recording)
    .signals.filter(({ kind, service }) => kind === 'pool' && databases.includes(service ?? ''))
    .toSorted((one, other) => {
      const [first, second] = [timesBack(one), timesBack(other)];
      return compare(second.best, first.best) || compare(second.worst, first.worst);
    });
}

// Two infinities have no difference.
function compare(one: number, other: number): number {
  return one < other ? -1 : Number(one > other);
}

/** Pools of the databases that suffered whose connections were counted at all. */
function askedPools(recording: Recording): number {
  const databases = databasesOf(recording);
  return findPools(recording).filter(({ service }) => databases.includes(service)).length;
}

function databasesOf({ faults }: Recording): string[] {
  return faults.filter(({ serviceKind }) => serviceKind === 'postgres').map(({ service }) => service);
}

const nobodyCounted =
  'The connections of the app were not counted before the fault, so nobody knows when they were back: let the load run a second or more before it.';

function undecidedText({ recording }: Window, bound?: string): string | undefined {
  const pool = slowestPool(recording);
  if (!pool || bound === undefined) return undefined;
  if (pool.afterBest < Number.POSITIVE_INFINITY && isWithoutWork(measureRecovery(recording))) {
    return `The app holds its connections to ${pool.service} again, and does not do its work as before: they may be lost to it (connected too late, or never released), or something else is wrong. See what the recovery says.`;
  }
  return `The run ended ${readable(pool.observed)} after healing with the pool not yet full, or the server could not be asked meanwhile, so nobody can tell about ${bound}: let the load last until ${bound} after the fault's end, and a second or two more.`;
}

/** Whether the app did not come back to its work by the end of the run. */
function isWithoutWork({ status, relapsedFrom }: Recovery): boolean {
  return status === 'not-recovered' || Number.isFinite(relapsedFrom);
}

function levelText({ service, level }: SignalRecovery): string {
  if (!level) return '';
  const least =
    level.before === undefined
      ? ''
      : ` Before the fault it held ${counted(level.before, 'connection')} to ${service} or more`;
  return `${least}; ${counted(level.back, 'connection')} or more count as full again.`.trim();
}
