import { recovery } from '../../analysis/recovery.ts';
import { poolsOf } from '../../analysis/recovery-pool.ts';
import type { SignalRecovery } from '../../analysis/recovery-signals.ts';
import { readable } from '../../duration.ts';
import type { Recording, Window } from '../../recording/recording.ts';
import { healthyRecovery } from '../advice.ts';
import { concluded } from '../conclude.ts';
import { counted, faultsText } from '../evidence.ts';
import type { Judgement, Status } from '../judgement.ts';
import { recoveryText } from '../recovery-texts.ts';
import { afterFaults, cameBackWithin, unmeasuredText } from './recover-within.ts';

/** The window after a fault on a database whose connections were counted. */
export function poolRecoveryOf(recording: Recording): Window[] {
  const databases = databasesOf(recording);
  return poolsOf(recording).some(({ service }) => databases.includes(service)) ? [afterFaults(recording)] : [];
}

/** The pool of a database that was full again last; undefined where recovery could not be measured. */
export function slowestPool(recording: Recording): SignalRecovery | undefined {
  const databases = databasesOf(recording);
  return recovery(recording)
    .signals.filter(({ kind, service }) => kind === 'pool' && databases.includes(service ?? ''))
    .reduce<SignalRecovery | undefined>(
      (slowest, one) => (slowest && slowest.afterWorst >= one.afterWorst ? slowest : one),
      undefined,
    );
}

/**
 * Did the app hold its connections to the database again within `bound` of the last fault's healing, as many as before or as its work needs?
 * @param bound milliseconds
 * @param relation `<` for a target that must be undercut
 */
export function poolRecoverWithin(recording: Recording, bound: number, relation: '<=' | '<' = '<'): Judgement {
  const seen = recovery(recording);
  const pool = slowestPool(recording);
  const [best, worst] = [pool?.afterBest ?? Number.NaN, pool?.afterWorst ?? Number.NaN].map((after) =>
    pool ? cameBackWithin(after, pool, bound, relation) : 'unknown',
  ) as [Status, Status];
  const status = best === worst ? best : 'unknown';
  const value = (status === 'fail' ? pool?.afterBest : pool?.afterWorst) ?? Number.NaN;
  return concluded({
    status,
    metric: 'pool recovery',
    value,
    shown: pool ? recoveryText(value, pool) : 'not measured',
    bound: `${relation} ${readable(bound)}`,
    samples: seen.bins.length,
    window: afterFaults(recording),
    timed: true,
    doubt: pool ? doubtOf(pool, bound, status) : (unmeasuredText(recording, seen) ?? nobodyCounted),
    facts: [pool ? levelText(pool) : '', faultsText(recording.faults)],
    advice: [healthyRecovery],
  });
}

const nobodyCounted =
  'The connections of the app were not counted before the fault, so nobody knows when they were back: let the load run a second or more before it.';

function databasesOf({ faults }: Recording): string[] {
  return faults.filter(({ serviceKind }) => serviceKind === 'postgres').map(({ service }) => service);
}

function doubtOf(pool: SignalRecovery, bound: number, status: Status): string | undefined {
  if (status !== 'unknown') return undefined;
  return `The run ended ${readable(pool.observed)} after healing with the pool not yet full, or the server could not be asked meanwhile, so nobody can tell about ${readable(bound)}: let the load last until ${readable(bound)} after the fault's end, and a second or two more.`;
}

function levelText({ service, level }: SignalRecovery): string {
  if (!level) return '';
  const least =
    level.before === undefined
      ? ''
      : ` Before the fault it held ${counted(level.before, 'connection')} to ${service} or more`;
  return `${least}; ${counted(level.back, 'connection')} or more count as full again.`.trim();
}
