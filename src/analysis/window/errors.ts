import { outcomes } from '../../recording/columns.ts';
import { namedPart, type Window } from '../../recording/recording.ts';
import { readCases } from './cases.ts';
import { memoizePerWindow } from './memo.ts';
import { findNewAnswers } from './new-answers.ts';
import { silence, tellUnsent } from './silence.ts';
import { readParts } from './window.ts';

/** The errors of a window, in the best and in the worst case. */
export interface Errors {
  /**
   * Operations that were due in the window, and the errors among what a closed loop did not send while it was silent.
   */
  readonly operations: number;
  readonly errors: { readonly best: number; readonly worst: number };
  /** From 0 to 1; NaN without operations. */
  readonly share: { readonly best: number; readonly worst: number };
  /** Errors of the worst case by category, most frequent first, then by name. */
  readonly byCategory: ReadonlyMap<string, number>;
  /** Ok answers by their status, of those statuses that no such operation had before the first fault. */
  readonly newAnswers: ReadonlyMap<number, number>;
}

/**
 * Operations due in the window that failed, or may have (`unknown`). What the generator could not send (`unsent`), or
 * gave up while it stood still, is an error only in the worst case; `saturated` is one in both. What a closed loop did
 * not send because it waited for answers that never came is an error too ({@link tellUnsent}).
 */
export const countErrors: (window: Window) => Errors = memoizePerWindow((window) => countIn(window));

const okCode = outcomes.indexOf('ok');

function addTo<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** @param until operations that were over at that instant or later are left out */
function countIn(window: Window, until?: number): Errors {
  const { categories } = window.recording.columns;
  const byCode = new Uint32Array(categories.length);
  const answers = new Map<number, number>();
  const doubtful = new Map<string, number>();
  let operations = 0;
  let best = 0;
  let worst = 0;
  for (const { columns, rows } of readParts(window)) {
    const cases = readCases(window.recording, columns);
    const { isNew } = findNewAnswers(window.recording, columns);
    for (const row of rows) {
      if (until !== undefined && (columns.endedAt[row] as number) >= until) continue;
      operations++;
      if (isNew(row)) addTo(answers, columns.status[row] as number);
      if (!cases.isError(row, 'worst')) continue;
      const code = columns.category[row] as number;
      if ((columns.outcome[row] as number) === okCode) addTo(doubtful, String(columns.status[row]));
      else byCode[code] = (byCode[code] as number) + 1;
      worst++;
      if (cases.isError(row, 'best')) best++;
    }
  }
  const unsent = { best: 0, worst: 0 };
  for (const which of ['best', 'worst'] as const) {
    tellUnsent(window, which, ({ isError }) => {
      if (isError) unsent[which]++;
    });
  }
  // What counts in the worst case only must not make the share of the best case less.
  best = Math.ceil(((best + unsent.best) * (operations + unsent.worst)) / Math.max(1, operations + unsent.best));
  operations += unsent.worst;
  worst += unsent.worst;
  best = Math.min(best, worst);
  const byCategory = categories
    .map((category, code): [string, number] => [category, byCode[code] as number])
    .concat([[silence, unsent.worst], ...doubtful])
    .filter(([, count]) => count > 0)
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  return {
    operations,
    errors: { best, worst },
    share: { best: best / operations, worst: worst / operations },
    byCategory: new Map(byCategory),
    newAnswers: answers,
  };
}

/**
 * The errors from zero to the first fault, of the same kind of operations, for a window that begins at a fault or
 * later: what was wrong already. What was under way when the fault was asked for is left out, for it may have died of
 * that.
 * @returns undefined for any other window, and where nothing was due before
 */
export function countErrorsBefore(window: Window): Errors | undefined {
  if (window.faults.length === 0 || window.from < window.recording.before.to) return undefined;
  const seen = countBeforeFault(window);
  return seen.operations > 0 ? seen : undefined;
}

/**
 * Whether operations of this kind were answered before the first fault, and none of them with an error of this
 * category.
 */
export function isNewSinceFault(window: Window, category: string): boolean {
  if (window.recording.faults.length === 0 || window.to <= window.recording.before.to) return false;
  const { operations, errors, byCategory } = countBeforeFault(window);
  return operations > errors.worst && !byCategory.has(category);
}

function countBeforeFault({ recording, only }: Window): Errors {
  const { before } = recording;
  const asked = Math.min(...recording.faults.map(({ askedAt }) => askedAt));
  return countIn(only === undefined ? before : namedPart(before, only), asked);
}
