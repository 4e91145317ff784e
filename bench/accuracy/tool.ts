import type { Figures } from './figures.ts';

/** What a tool is asked to do. */
export interface Offer {
  readonly url: string;
  /** Arrivals per second, for tools that can offer a rate. */
  readonly rate: number;
  readonly seconds: number;
  /** Connections or users of a closed loop. */
  readonly connections: number;
  /** Milliseconds of warm-up, for tools that have one. */
  readonly warmUp: number;
  /** Whether a tool is to offer the rate if it can, even where its users would have it send as fast as answers come. */
  readonly rateMatters: boolean;
  /** Whether every tool is to send as fast as answers come. */
  readonly flatOut: boolean;
}

/** A load tool under measurement. */
export interface Tool {
  readonly name: string;
  /** Whether the aims are for it. */
  readonly ours: boolean;
  /** Whether it can offer a rate, whatever the server does. */
  readonly open: boolean;
  /** Runs it once. @throws Error when it fails or reports nothing */
  measure(offer: Offer): Promise<Figures>;
}
