import { hasKeys } from '../../recording/columns.ts';
import { timesOfFaults } from '../../recording/fault-windows.ts';
import type { Recording, Window } from '../../recording/recording.ts';
import { afterFaults } from '../checks/recover-within.ts';
import { recoveryMetric } from '../metric-names.ts';

/** The run, if it had no fault and was no race. */
export const withoutFault = (recording: Recording): Window[] =>
  recording.faults.length === 0 && recording.generator.loop !== 'race' ? [recording] : [];

/** The run, if it was a race. */
export const races = (recording: Recording): Window[] => (recording.generator.loop === 'race' ? [recording] : []);

/** Each outage of a kind of service: from a fault's taking effect to its healing; overlapping ones together as well. */
export const outagesOf =
  (kind: string) =>
  (recording: Recording): Window[] =>
    recording.generator.loop === 'race'
      ? []
      : timesOfFaults(recording.faults)
          .filter(({ faults }) => faults.every(({ serviceKind }) => serviceKind === kind))
          .map((time) => ({ recording, ...time }));

/** What came after the last fault, if one was on this kind of service. */
export const afterOutageOf =
  (kind: string) =>
  (recording: Recording): Window[] =>
    outagesOf(kind)(recording).length > 0 ? [recording.after] : [];

/** What came after the last fault, if its recovery goes by this name. */
export const recoveryOf =
  (name: string) =>
  (recording: Recording): Window[] =>
    recording.faults.length > 0 && recording.generator.loop !== 'race' && recoveryMetric(recording) === name
      ? [afterFaults(recording)]
      : [];

/** The run, if its keys can be compared with a final state. */
export const keyed = (recording: Recording): Window[] =>
  recording.finalState && recording.generator.loop !== 'race' && hasKeys(recording.columns) ? [recording] : [];
