/** What one size of recording came to. */
export interface RecordingFigures {
  /** Bytes by which the process grew at most, from before the first operation until p99, error rate and recovery were known. */
  readonly inMemory: number;
  /** Bytes in the file for what does not fit into memory. */
  readonly onDisk: number;
  /** Operations appended per second. */
  readonly appended: number;
  /** Milliseconds for each analysis of the whole recording. */
  readonly analyses: Readonly<Record<'p99' | 'errors' | 'recovery' | 'ledger', number>>;
  /** Bytes by which the process grew for the ledger, without the final state itself. */
  readonly ledgerMemory: number;
}
