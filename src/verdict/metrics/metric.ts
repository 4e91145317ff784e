import type { Recording, Window } from '../../recording/recording.ts';
import type { Measurement } from './measurements.ts';

/** A line of the metrics table. */
export interface Metric {
  readonly name: string;
  readonly unit: '/s' | 'ms' | '%' | 'keys' | 'bytes' | 'count' | 'operations' | 'transactions';
  /** How it is computed from a recording. */
  readonly how: string;
  /** Samples that a grade needs. */
  readonly needs: number;
  /** The windows of a recording that have this metric; none where it does not apply. */
  windows(recording: Recording): readonly Window[];
  /** Whether it is also measured for each kind of operation, where a run has several. */
  readonly perName?: boolean;
  measure(window: Window): Measurement;
  /** Why the value says little, beyond a fault that was not felt and too few samples. */
  doubt?(window: Window): string | undefined;
}
