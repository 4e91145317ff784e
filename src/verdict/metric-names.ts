import type { FaultRecord, Recording, Window } from '../recording/recording.ts';

/** The fault that was healed last: recovery counts from it. Undefined in a run without a fault. */
function lastHealed(recording: Recording): FaultRecord | undefined {
  return recording.faults.reduce<FaultRecord | undefined>(
    (last, fault) => (last === undefined || fault.healedAt > last.healedAt ? fault : last),
    undefined,
  );
}

/** `Redis outage error rate` in a window that is the outage of nothing but Redis, else `error rate`. */
export function errorRateMetric(window: Window): 'Redis outage error rate' | 'error rate' {
  const { faults, from, to } = window;
  const spans =
    from === Math.min(...faults.map((fault) => fault.inEffectAt)) &&
    to === Math.max(...faults.map((fault) => fault.healedAt));
  const redis = faults.length > 0 && faults.every((fault) => fault.serviceKind === 'redis');
  return redis && spans ? 'Redis outage error rate' : 'error rate';
}

/** The name of the recovery by the kind of the service that was healed last. */
export function recoveryMetric(recording: Recording): 'Redis recovery' | 'database recovery' | 'recovery' {
  switch (lastHealed(recording)?.serviceKind) {
    case 'redis':
      return 'Redis recovery';
    case 'postgres':
      return 'database recovery';
    default:
      return 'recovery';
  }
}
