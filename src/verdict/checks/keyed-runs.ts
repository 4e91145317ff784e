import { hasKeys } from '../../recording/columns.ts';
import type { Recording, Window } from '../../recording/recording.ts';

/** The run, if its keys can be compared with a final state. */
export function keyedRuns(recording: Recording): Window[] {
  return recording.finalState && isKeyed(recording) ? [recording] : [];
}

/** Whether each key of a run stands for one thing that is to be kept. In a race several ask for it. */
export function isKeyed({ generator, columns }: Recording): boolean {
  return generator.loop !== 'race' && hasKeys(columns);
}
