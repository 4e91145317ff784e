import { backlogOf, probeSeriesOf } from '../../analysis/recovery/backlog.ts';
import { type Recovery, recovery } from '../../analysis/recovery/recovery.ts';
import type { SignalRecovery } from '../../analysis/recovery/recovery-signals.ts';
import { readable } from '../../duration.ts';
import type { Recording, Window } from '../../recording/recording.ts';
import { backlogText, usualProbe } from '../checks/backlog-below.ts';
import { slowestPool } from '../checks/pool-recover-within.ts';
import { afterFaults } from '../checks/recover-within.ts';
import { counted, rangeText } from '../words/evidence.ts';
import { recoveryText } from '../words/recovery-texts.ts';
import type { Measurement } from './measurements.ts';

/** The run, if it had a probe of the backlog. */
export const backlogProbed = (recording: Recording): Window[] =>
  probeSeriesOf(recording, usualProbe) ? [recording] : [];

/** The largest backlog that was seen. */
export function backlogPeak({ recording }: Window): Measurement {
  const seen = backlogOf(recording, usualProbe);
  const { best, worst } = seen?.peak ?? { best: Number.NaN, worst: Number.NaN };
  return { best, worst, shown: backlogText(seen), samples: seen?.samples ?? 0 };
}

/** What came after the last fault, if the service was any worse for the faults, so that there is a way back to tell of. */
export const degraded = (recording: Recording): Window[] => {
  if (recording.faults.length === 0 || recording.generator.loop !== 'open') return [];
  const { status } = recovery(recording);
  return status === 'recovered' || status === 'not-recovered' ? [afterFaults(recording)] : [];
};

/** The same, if there was a probe of the backlog. */
export const backlogDegraded = (recording: Recording): Window[] =>
  probeSeriesOf(recording, usualProbe) ? degraded(recording) : [];

/** Milliseconds from healing until one signal was as before. */
export const signalRecovery =
  (kind: SignalRecovery['kind']) =>
  ({ recording }: Window): Measurement => {
    const seen = recovery(recording);
    return cameBack(
      seen.signals.find((signal) => signal.kind === kind),
      seen,
    );
  };

/** Milliseconds from healing until the app held its connections to the databases again. */
export function poolRecovery({ recording }: Window): Measurement {
  return cameBack(slowestPool(recording), recovery(recording));
}

/** Milliseconds from the first fault's taking effect until the service was worse. */
export function timeToDegrade({ recording }: Window): Measurement {
  const { timeToDegrade: time, bins } = recovery(recording);
  const shown = Number.isNaN(time) ? 'in no single bin' : time === 0 ? '0 s' : readable(time);
  return { best: time, worst: time, shown, samples: bins.length };
}

/** Ok operations that were missing while the service was worse. */
export function goodputLost({ recording }: Window): Measurement {
  const { lostGoodput, bins } = recovery(recording);
  const lost = Math.round(lostGoodput);
  return { best: lost, worst: lost, shown: counted(lost, 'operation'), samples: bins.length };
}

/** How often the service went bad again after it had recovered. */
export function relapses({ recording }: Window): Measurement {
  const { relapses: count, bins } = recovery(recording);
  return { best: count, worst: count, shown: counted(count, 'relapse'), samples: bins.length };
}

function cameBack(signal: SignalRecovery | undefined, { bins }: Recovery): Measurement {
  if (!signal) return { best: Number.NaN, worst: Number.NaN, shown: 'not measured', samples: bins.length };
  const shown = rangeText(signal.afterBest, signal.afterWorst, (after) => recoveryText(after, signal));
  // Not back means anything from what was observed upwards.
  const best = signal.afterBest === Number.POSITIVE_INFINITY ? signal.observed : signal.afterBest;
  return { best, worst: signal.afterWorst, shown, samples: bins.length };
}
