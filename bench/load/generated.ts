/** What our generator is to do. */
export interface GeneratorOrder {
  readonly url: string;
  /** Arrivals per second; undefined for a closed loop. */
  readonly rate: number | undefined;
  /** Of a closed loop. */
  readonly connections: number;
  readonly seconds: number;
  readonly warmUp: number;
}

/** What a tool says of its own run. */
export interface Generated {
  /** Arrivals that it should have sent. */
  readonly due: number;
  /** Those that it did not send. */
  readonly dropped: number;
  /** Answers per second. */
  readonly rate: number;
  /** Milliseconds from due to sent, where the tool tells. */
  readonly lag: { readonly p99: number; readonly max: number } | undefined;
}
