import type { Recording } from '../../recording/recording.ts';
import { divideKeys } from '../keys/key-parts.ts';
import { findActiveFaults } from '../window/active-faults.ts';
import { linearize } from './linearize.ts';
import { leaves, onlyLooks, type RegisterModel, type Timed } from './register.ts';
import { collectRegisterHistories, findPossiblyHeld, type RegisterHistory } from './register-history.ts';
import { findUnorderable } from './unorderable.ts';

/** A key whose operations fit no order. */
export interface RegisterViolation {
  readonly key: string;
  /** What its register held in the beginning. */
  readonly held: string | undefined;
  /** The operations that fit no order, as few as were found, in the order in which they were sent. */
  readonly operations: readonly Timed[];
  /** The one of them that was answered last: until then an order was possible. */
  readonly last: Timed;
  /** The faults that were in effect while that one was under way. */
  readonly fault: string | undefined;
  /** What it saw was never written (`nobody`), or only by what had certainly failed (`failed`). */
  readonly seen: 'nobody' | 'failed' | undefined;
}

/** Whether the operations of each key can be put in an order in which they would have been answered as they were. */
export interface Linearizability {
  /** Keys that were judged: something was seen of them. */
  readonly keys: number;
  /** Their operations. */
  readonly operations: number;
  /** Keys of which nothing was seen, so that nothing could contradict it. */
  readonly unseen: number;
  /** Other keys with a write, or a row of the state before the load, that does not say its value. */
  readonly unsaid: number;
  /** Keys whose operations fit an order only if they held something before the run, of which nobody knows. */
  readonly unheld: readonly string[];
  /** Keys whose search was cut short. */
  readonly undecided: readonly string[];
  /** Keys whose operations fit no order. */
  readonly violating: number;
  /** The first of them, {@link mostViolations} at most. */
  readonly violations: readonly RegisterViolation[];
  /** Configurations that were looked at. */
  readonly states: number;
}

/** Violations of which the operations are told. */
export const mostViolations = 5;

/** Operations of a recording on disk that are looked at together. */
const operationsAtOnce = 250_000;

/**
 * Searches an order for each key, for a model of registers. The number of configurations is bounded, so the same
 * recording has the same result everywhere. Each key may use an equal share of what others have left, short histories
 * first.
 * @param states configurations that are looked at in all, at most; by default a million, and ten for each operation
 * @throws Error when the model's function throws or returns no call
 */
export function searchOrders(
  recording: Recording,
  model: RegisterModel,
  states = 1_000_000 + 10 * recording.columns.length,
): Linearizability {
  const counts = { keys: 0, operations: 0, unseen: 0, unsaid: 0, states: 0 };
  const undecided: string[] = [];
  const unheld: string[] = [];
  const violating: RegisterHistory[] = [];
  const parts = divideKeys(recording, operationsAtOnce);
  for (const isHere of parts) {
    const judged = collectRegisterHistories(recording, model, isHere).filter((history) => {
      if (!history.operations.some(isTelling)) counts.unseen++;
      else if (history.unsaid) counts.unsaid++;
      else return true;
      return false;
    });
    judged.sort((one, other) => one.operations.length - other.operations.length);
    let left = states / parts.length;
    for (const [index, history] of judged.entries()) {
      const share = Math.floor(left / (judged.length - index));
      const search = judgeHistory(history, share);
      counts.keys++;
      counts.operations += history.operations.length;
      counts.states += search.states;
      left -= search.states;
      if (search.order === 'unknown') undecided.push(history.key);
      // Told with what it most likely held, so that its operations show what is wrong in any case.
      if (search.order === 'none') violating.push({ ...history, held: findPossiblyHeld(history)[0] ?? history.held });
      if (search.order === 'unheld') unheld.push(history.key);
    }
  }
  const violations = violating
    .toSorted((one, other) => startOf(one) - startOf(other) || (one.key < other.key ? -1 : 1))
    .slice(0, mostViolations)
    .map((history) => violationOf(recording, history));
  return { ...counts, unheld, undecided, violating: violating.length, violations };
}

/**
 * Searches an order. Where there is none, and nobody says what the key held at first, tries all that it may have held.
 */
function judgeHistory(
  history: RegisterHistory,
  limit: number,
): { readonly order: 'found' | 'none' | 'unknown' | 'unheld'; readonly states: number } {
  let { order, states } = linearize(history.operations, history.held, limit);
  if (order !== 'none') return { order, states };
  for (const held of findPossiblyHeld(history)) {
    const other = linearize(history.operations, held, limit - states);
    states += other.states;
    if (other.order === 'found') return { order: 'unheld', states };
    if (other.order === 'unknown') order = 'unknown';
  }
  return { order, states };
}

/** Whether its answer tells what the register held. */
function isTelling({ call, to }: Timed): boolean {
  return (call.kind === 'read' || call.kind === 'cas') && Number.isFinite(to);
}

function startOf({ operations }: RegisterHistory): number {
  return operations.reduce((first, { from }) => Math.min(first, from), Number.POSITIVE_INFINITY);
}

function violationOf(recording: Recording, { key, held, operations: all, failed }: RegisterHistory): RegisterViolation {
  const operations = findUnorderable(all, held);
  const last = operations
    .filter(({ to }) => Number.isFinite(to))
    .reduce((latest, one) => (one.to >= latest.to ? one : latest));
  return {
    key,
    held,
    operations,
    last,
    fault: last.final ? undefined : findActiveFaults(recording, last.from, last.to),
    seen: sourceOf(last, held, all, failed),
  };
}

function sourceOf(
  { call }: Timed,
  held: string | undefined,
  all: readonly Timed[],
  failed: readonly (string | undefined)[],
): RegisterViolation['seen'] {
  if (call.kind === 'write' || (call.kind === 'cas' && call.swapped === false)) return undefined;
  const saw = call.kind === 'cas' ? call.from : call.value;
  if (saw === held || all.some((one) => !onlyLooks(one.call) && leaves(one.call) === saw)) return undefined;
  return failed.includes(saw) ? 'failed' : 'nobody';
}
