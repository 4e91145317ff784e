import type { Recording } from '../../recording/recording.ts';
import { countErrors } from '../window/errors.ts';

/** Fewer errors in a row might be chance. */
const fewest = 10;

/**
 * For how long nothing at all went well, from the healing of the last fault to the end of the load, in milliseconds. A service that is gone needs no baseline to be told from one
 * that came back. Undefined unless something went well before the faults, for certain, and of ten operations or more after them nothing, in the best case.
 */
export function neverAgain(recording: Recording): number | undefined {
  const healedAt = Math.max(...recording.faults.map((fault) => fault.healedAt));
  if (!Number.isFinite(healedAt)) return undefined;
  const [before, after] = [countErrors(recording.before), countErrors(recording.after)];
  const worked = before.errors.worst < before.operations;
  const gone = after.operations >= fewest && after.errors.best === after.operations;
  return worked && gone ? recording.duration - healedAt : undefined;
}
