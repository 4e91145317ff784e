/** A statement on its way to the server. */
export interface Statement {
  /**
   * As the driver sent it, with `$1` for its parameters; of one that is prepared, the text that it was prepared from.
   */
  readonly text: string;
  /** Number of its connection, from 1. */
  readonly connection: number;
  /** Name of the client, as it gave it. */
  readonly client?: string | undefined;
}

/** Decides when a statement goes on to the server. What comes behind it on its connection waits too. */
export interface StatementGate {
  /** @returns a promise to wait for; undefined when the statement goes on at once */
  onStatement(statement: Statement): Promise<void> | undefined;
}
