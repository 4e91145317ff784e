import type { WireRule } from './rules.ts';

/** One line to the wire's process; each is answered under its number. */
export type Order = { readonly id: number } & (
  | { readonly add: WireRule; readonly rule: number }
  | { readonly remove: number }
  | { readonly count: number }
);

/** One line from the wire's process. */
export type Report =
  | { readonly listening: number }
  | { readonly id: number; readonly matched?: number; readonly error?: string };
