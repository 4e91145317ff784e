import { type Recovery, recovery } from '../../analysis/recovery/recovery.ts';
import { poolsOf } from '../../analysis/recovery/recovery-pool.ts';
import type { SignalRecovery } from '../../analysis/recovery/recovery-signals.ts';
import { readable } from '../../duration.ts';
import type { Recording, Window } from '../../recording/recording.ts';
import { concluded } from '../conclude.ts';
import type { Judgement, Status } from '../judgement.ts';
import { healthyRecovery } from '../words/advice.ts';
import { counted, faultsText } from '../words/evidence.ts';
import { recoveryText } from '../words/recovery-texts.ts';
import { afterFaults, cameBackWithin, unmeasuredText } from './recover-within.ts';

/** The window after a fault on a database whose connections were counted. */
export function poolRecoveryOf(recording: Recording): Window[] {
  const databases = databasesOf(recording);
  return poolsOf(recording).some(({ service }) => databases.includes(service)) ? [afterFaults(recording)] : [];
}

/** The pool of a database that was full again last; undefined where recovery could not be measured. */
export function slowestPool(recording: Recording): SignalRecovery | undefined {
  return poolSignals(recording)[0];
}

/** The pools of the databases that suffered, that which was full again last first. */
function poolSignals(recording: Recording): SignalRecovery[] {
  const databases = databasesOf(recording);
  return recovery(recording)
    .signals.filter(({ kind, service }) => kind === 'pool' && databases.includes(service ?? ''))
    .toSorted((one, other) => (one.afterWorst === other.afterWorst ? 0 : other.afterWorst - one.afterWorst));
}

/**
 * Did the app hold its connections to the database again within `bound` of the last fault's healing, as many as before or as its work needs? A pool that lost
 * them again for the rest of the run fails.
 * @param bound milliseconds
 * @param relation `<` for a target that must be undercut
 */
export function poolRecoverWithin(recording: Recording, bound: number, relation: '<=' | '<' = '<'): Judgement {
  const seen = recovery(recording);
  const judged = poolSignals(recording).map((one) => ({ pool: one, status: statusOf(one, bound, relation) }));
  const { pool, status } = judged.find((one) => one.status === 'fail') ??
    judged.find((one) => one.status === 'unknown') ??
    judged[0] ?? { pool: undefined, status: 'unknown' as const };
  const value = (status === 'fail' ? pool?.afterBest : pool?.afterWorst) ?? Number.NaN;
  const relapsed = pool && Number.isFinite(pool.relapsedFrom);
  return concluded({
    status,
    metric: 'pool recovery',
    value,
    shown: pool ? `${recoveryText(value, pool)}${relapsed ? ', then relapsed' : ''}` : 'not measured',
    bound: `${relation} ${readable(bound)}`,
    samples: seen.bins.length,
    window: afterFaults(recording),
    timed: true,
    doubt: status === 'fail' ? undefined : doubtOf(recording, { pool, bound, status }),
    facts: [
      pool && relapsed
        ? `The pool lost connections again ${readable(pool.relapsedFrom)} after healing, and stayed so to the end of the run.`
        : '',
      pool ? levelText(pool) : '',
      faultsText(recording.faults),
    ],
    advice: [healthyRecovery],
  });
}

function statusOf(pool: SignalRecovery, bound: number, relation: '<=' | '<'): Status {
  if (Number.isFinite(pool.relapsedFrom)) return 'fail';
  const best = cameBackWithin(pool.afterBest, pool, bound, relation);
  return best === cameBackWithin(pool.afterWorst, pool, bound, relation) ? best : 'unknown';
}

const nobodyCounted =
  'The connections of the app were not counted before the fault, so nobody knows when they were back: let the load run a second or more before it.';

function databasesOf({ faults }: Recording): string[] {
  return faults.filter(({ serviceKind }) => serviceKind === 'postgres').map(({ service }) => service);
}

interface Doubtful {
  readonly pool: SignalRecovery | undefined;
  readonly bound: number;
  readonly status: Status;
}

function doubtOf(recording: Recording, { pool, bound, status }: Doubtful): string | undefined {
  const databases = databasesOf(recording);
  const asked = poolsOf(recording).filter(({ service }) => databases.includes(service)).length;
  if (!pool || poolSignals(recording).length < asked) {
    return unmeasuredText(recording, recovery(recording)) ?? nobodyCounted;
  }
  if (status !== 'unknown') return undefined;
  if (pool.afterBest < Number.POSITIVE_INFINITY && isWithoutWork(recovery(recording))) {
    return `The app holds its connections to ${pool.service} again, and does not do its work as before: they may be lost to it (connected too late, or never released), or something else is wrong. See what the recovery says.`;
  }
  return `The run ended ${readable(pool.observed)} after healing with the pool not yet full, or the server could not be asked meanwhile, so nobody can tell about ${readable(bound)}: let the load last until ${readable(bound)} after the fault's end, and a second or two more.`;
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
