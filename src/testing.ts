/**
 * Recordings written by hand, for tests of your own matchers, rules and reports: a few operations whose answer is
 * known, in place of a run.
 * @module
 */
export type { Operation, OperationKind, Outcome } from './recording/columns.ts';
export { type LiteralFinalState, type LiteralRecording, recordingOf } from './recording/literal.ts';
export type {
  AppExit,
  Bite,
  FaultRecord,
  FinalState,
  GeneratorFacts,
  HealthPolls,
  Recording,
  RecordingData,
  Series,
  Span,
  StatementRecord,
  StateRow,
  Window,
} from './recording/recording.ts';
