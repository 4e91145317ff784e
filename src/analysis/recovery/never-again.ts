import type { Recording } from '../../recording/recording.ts';
import { countErrors } from '../window/errors.ts';

/** Fewer errors in a row might be chance. */
const fewest = 10;

/**
 * For how long a service was gone: from the last healing to the end of the load, in milliseconds. No baseline is needed
 * to tell that. Undefined unless something went well before the faults for certain, and nothing after them in the best
 * case, of ten operations or more.
 */
export function measureAbsence(recording: Recording): number | undefined {
  const healedAt = Math.max(...recording.faults.map((fault) => fault.healedAt));
  if (!Number.isFinite(healedAt)) return undefined;
  const [before, after] = [countErrors(recording.before), countErrors(recording.after)];
  const worked = before.errors.worst < before.operations;
  const gone = after.operations >= fewest && after.errors.best === after.operations;
  return worked && gone ? recording.duration - healedAt : undefined;
}
