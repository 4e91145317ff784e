import type { WireRule } from './rules.ts';

/** One line to the wire's process; each is answered under its number. */
export type Order = { readonly id: number } & (
  | { readonly add: WireRule; readonly rule: number }
  | { readonly remove: number }
  | { readonly count: number }
);

/** The first line from the wire's process: its port. */
export interface Listening {
  readonly listening: number;
}

/** Each other line from it. */
export interface Report {
  readonly id: number;
  readonly matched?: number;
  readonly error?: string;
}
