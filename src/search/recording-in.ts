import type { Recording } from '../recording/recording.ts';

/** What a trial returned, if that was a recording. By shape: a test may hold another copy of this package. */
export function recordingIn(outcome: unknown): Recording | undefined {
  const isRecording =
    typeof outcome === 'object' &&
    outcome !== null &&
    'columns' in outcome &&
    'generator' in outcome &&
    'faults' in outcome;
  return isRecording ? (outcome as Recording) : undefined;
}
