import { timesOfFaults } from '../../recording/fault-windows.ts';
import type { Recording, Window } from '../../recording/recording.ts';

/** The run, if it had no fault and was no race. */
export const withoutFault = (recording: Recording): Window[] =>
  recording.faults.length === 0 && recording.generator.loop !== 'race' ? [recording] : [];

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

/** The window that recovery is about; the recording itself in a run without a fault. */
export function afterFaults(recording: Recording): Window {
  return recording.faults.length > 0 ? recording.after : recording;
}
