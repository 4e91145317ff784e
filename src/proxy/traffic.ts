/** What one direction of a proxy has carried since the proxy was made, over all its connections. */
export class Traffic {
  /** Bytes that came in. */
  received = 0;
  /** Bytes that were passed on: fewer while toxics hold some, or after they dropped some. */
  sent = 0;
  /** When the first byte came in, in milliseconds since 1970. */
  firstAt: number | undefined;
  /** When the last byte came in, in milliseconds since 1970. */
  lastAt: number | undefined;

  receive(bytes: number): void {
    this.received += bytes;
    this.lastAt = Date.now();
    this.firstAt ??= this.lastAt;
  }

  send(bytes: number): void {
    this.sent += bytes;
  }
}
