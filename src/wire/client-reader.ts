/** A piece of what a client sends. With `statement` it begins with the first message that executes that statement. */
export interface ClientPiece {
  readonly bytes: Buffer;
  readonly statement?: string;
}

/**
 * Reads what a client sends, and cuts it where a statement begins. Nothing is changed, left out or reordered: the
 * pieces together are what came in, except for bytes that cannot be understood yet.
 */
export interface ClientReader {
  /** Name of the client, as it gave it; undefined until then. */
  readonly clientName: string | undefined;
  /** Whether the next byte from the server answers a request for encryption. */
  readonly awaitsEncryptionAnswer: boolean;
  /** Takes the server's answer to a request for encryption. @returns what the client sent meanwhile */
  encryptionAnswered(byte: number | undefined): ClientPiece[];
  /** The next bytes from the client, in pieces. */
  read(chunk: Buffer): ClientPiece[];
}
