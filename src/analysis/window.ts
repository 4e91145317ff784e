import type { Window } from '../recording/recording.ts';

/**
 * The rows of a window in the recording's columns, ascending: those due in [from, to). A warm-up operation (due before
 * zero) is therefore in no window that starts at zero. A bound that is NaN (a fault that never healed) leaves no rows.
 */
export function rowsIn(window: Window): Uint32Array {
  const { dueAt, length } = window.recording.columns;
  const { from, to } = window;
  const rows = new Uint32Array(length);
  let found = 0;
  for (let row = 0; row < length; row++) {
    const due = dueAt[row] as number;
    if (due >= from && due < to) rows[found++] = row;
  }
  return rows.subarray(0, found);
}
