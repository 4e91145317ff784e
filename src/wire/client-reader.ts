/** Some bytes from a client. With `statement` they begin with the first message that is about executing it. */
export interface Piece {
  readonly bytes: Buffer;
  readonly statement?: string;
}

/**
 * Reads what a client sends, and cuts it where a statement begins. Nothing is changed, left out or put in another
 * order: the pieces put together are what came in, except for what can't be told yet.
 */
export interface ClientReader {
  /** By what name the client goes, as it said itself; undefined until then. */
  readonly clientName: string | undefined;
  /** Whether the next byte from the server says if the client may encrypt. */
  readonly awaitsEncryptionAnswer: boolean;
  /** What the server said to a wish to encrypt. Returns what the client sent meanwhile. */
  encryptionAnswered(byte: number | undefined): Piece[];
  /** The next bytes from the client, in pieces. */
  read(chunk: Buffer): Piece[];
}
