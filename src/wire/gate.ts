/** A statement on its way to the server. */
export interface Statement {
  /**
   * As the driver sent it, with `$1` for its parameters; of one that is prepared, the text that it was prepared from.
   */
  readonly text: string;
  /** Which connection it comes on, counted from 1. */
  readonly connection: number;
  /** By what name the client goes, as it said itself. */
  readonly client?: string | undefined;
}

/** Decides when a statement goes on to the server. Whatever comes behind it on its connection waits as well. */
export interface StatementGate {
  /** @returns a promise that is waited for, or undefined: it goes on at once */
  onStatement(statement: Statement): Promise<void> | undefined;
}
