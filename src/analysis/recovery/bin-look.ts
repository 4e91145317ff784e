import type { Case } from '../window/cases.ts';
import type { BestWorst } from './bins.ts';

/**
 * A bin of a run, and whether a signal was as good in it as before the fault. Good in the worst case implies good in
 * the best.
 */
export interface BinLook {
  /** Milliseconds since the recording's zero; half-open. */
  readonly from: number;
  readonly to: number;
  readonly good: Good;
  /**
   * Share of operations that failed, beyond the share before the fault, 0 to 1. Absent where the signal is not errors.
   */
  readonly failed?: BestWorst;
  /** False where too little was due to show anything: such a bin is bad in the worst case, and no trouble. */
  readonly isShown?: boolean;
}

/** Whether a bin is good, in favour of the app and against it. */
export type Good = Readonly<Record<Case, boolean>>;
