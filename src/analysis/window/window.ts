import { type Columns, chunksOf } from '../../recording/columns.ts';
import type { TimeSpan } from '../../recording/fault-windows.ts';
import type { Window } from '../../recording/recording.ts';

/** What lies in a window of one chunk of a recording. */
export interface WindowPart {
  readonly columns: Columns;
  /** Rows of the chunk, ascending. */
  readonly rows: Uint32Array;
}

/** The rows of a window, chunk by chunk in the order of the recording; {@link selectRows} has the rule. */
export function* readParts(window: Window): Generator<WindowPart> {
  for (const columns of chunksOf(window.recording.columns)) yield { columns, rows: selectRows(window, columns) };
}

/** A part of a run's time. */
export type TimeOfWindow = Pick<Window, 'from' | 'to' | 'spans'>;

/** The pieces of time that a window holds, in order. */
export function listSpans({ from, to, spans }: TimeOfWindow): readonly TimeSpan[] {
  return spans ?? [[from, to]];
}

/** Whether an instant lies in a window. A bound that is NaN (a fault that never healed) leaves no instant. */
export function isWithin(window: TimeOfWindow, instant: number): boolean {
  if (!(instant >= window.from && instant < window.to)) return false;
  return !window.spans || window.spans.some(([from, to]) => instant >= from && instant < to);
}

/** Milliseconds that a window holds; 0 where it has no length. */
export function measureLength(window: TimeOfWindow): number {
  return listSpans(window).reduce((sum, [from, to]) => sum + (to > from ? to - from : 0), 0);
}

/**
 * The rows of a window in a chunk of the recording's columns, ascending: those due within it ({@link isWithin}), of the
 * window's name if it has one. A warm-up operation (due before zero) is therefore in no window that starts at zero.
 */
export function selectRows(window: Window, columns: Columns = window.recording.columns): Uint32Array {
  const { dueAt, length } = columns;
  const isNamed = filterByName(window, columns);
  const rows = new Uint32Array(length);
  let found = 0;
  for (let row = 0; row < length; row++) {
    if (isWithin(window, dueAt[row] as number) && isNamed(row)) rows[found++] = row;
  }
  return rows.subarray(0, found);
}

/** Whether a row has the window's name; any has where the window has none. */
export function filterByName({ only }: Window, { name, names }: Columns): (row: number) => boolean {
  if (only === undefined) return () => true;
  const code = names.indexOf(only);
  return (row) => (name[row] as number) === code;
}
