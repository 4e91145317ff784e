import type { Window } from '../recording/recording.ts';
import { casesOf } from './cases.ts';
import { rowsIn } from './window.ts';

/** The errors of a window, in the best and in the worst case. */
export interface Errors {
  /** Operations that were due in the window. */
  readonly operations: number;
  readonly errors: { readonly best: number; readonly worst: number };
  /** From 0 to 1; NaN without operations. */
  readonly share: { readonly best: number; readonly worst: number };
  /** Errors of the worst case by category, most frequent first. */
  readonly byCategory: ReadonlyMap<string, number>;
}

/**
 * Operations due in the window that failed, or may have (`unknown`). What the generator could not send (`unsent`), or gave up
 * while it stood still, is an error only in the worst case; `saturated` is one in both.
 */
export function errors(window: Window): Errors {
  const { columns } = window.recording;
  const cases = casesOf(window.recording);
  const rows = rowsIn(window);
  const byCode = new Uint32Array(columns.categories.length);
  let best = 0;
  let worst = 0;
  for (let index = 0; index < rows.length; index++) {
    const row = rows[index] as number;
    if (!cases.isError(row, 'worst')) continue;
    const code = columns.category[row] as number;
    byCode[code] = (byCode[code] as number) + 1;
    worst++;
    if (cases.isError(row, 'best')) best++;
  }
  const byCategory = columns.categories
    .map((category, code): [string, number] => [category, byCode[code] as number])
    .filter(([, count]) => count > 0)
    .sort((a, b) => b[1] - a[1]);
  return {
    operations: rows.length,
    errors: { best, worst },
    share: { best: best / rows.length, worst: worst / rows.length },
    byCategory: new Map(byCategory),
  };
}
