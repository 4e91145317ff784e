import type { FaultRecord, Recording } from '../../recording/recording.ts';

/**
 * The faults that were in effect at some moment of a span, by name, joined by `and`; undefined if none was.
 * @param to the same instant by default; NaN for what never ended
 */
export function findActiveFaults({ faults }: Recording, from: number, to = from): string | undefined {
  const names = faults.filter(
    // A fault that never healed was in effect to the end, and what never ended lasts: comparisons with NaN are false.
    ({ inEffectAt, healedAt }) => Number.isFinite(inEffectAt) && !(to < inEffectAt) && !(from >= healedAt),
  );
  return names.length > 0 ? [...new Set(names.map(({ name }) => name))].join(' and ') : undefined;
}

/** The fault nearest to an instant at which none was in effect. */
export interface NearFault {
  readonly name: string;
  /** Milliseconds from its healing to the instant. Below 0: from the instant to its taking effect. */
  readonly by: number;
}

/** The fault nearest to an instant at which none was in effect; undefined without any. */
export function findNearestFault({ faults }: Recording, at: number): NearFault | undefined {
  return faults
    .map((fault) => ({ name: fault.name, by: measureDistance(fault, at) }))
    .filter(({ by }) => Number.isFinite(by))
    .reduce<NearFault | undefined>(
      (nearest, next) => (nearest && Math.abs(nearest.by) <= Math.abs(next.by) ? nearest : next),
      undefined,
    );
}

function measureDistance({ inEffectAt, healedAt }: FaultRecord, at: number): number {
  return at < inEffectAt ? at - inEffectAt : at - healedAt;
}
