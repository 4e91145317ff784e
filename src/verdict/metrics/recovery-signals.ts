import { findProbeSeries } from '../../analysis/recovery/backlog.ts';
import { measureRecovery, type Recovery } from '../../analysis/recovery/recovery.ts';
import { goodBinsInARow } from '../../analysis/recovery/recovery-rules.ts';
import { readable } from '../../duration.ts';
import type { Recording, Window } from '../../recording/recording.ts';
import type { Measured, Metric, MetricWords, Worsening } from '../metric.ts';
import { counted, faultsText } from '../words/evidence.ts';
import { recoveryText, signalsText } from '../words/recovery-texts.ts';
import { textOf } from '../words/units.ts';
import { usualProbe } from './backlog.ts';
import { afterFaults } from './outages.ts';
import { timesBack } from './recovery.ts';

const worseFor = {
  goodput: ['an error after the fault'],
  errors: ['an error after the fault'],
  p99: ['a slower answer after the fault'],
  backlog: [],
} as const satisfies Record<string, readonly Worsening[]>;

/**
 * When each signal of a service was, for itself, as before its faults, and what the way back cost. The cost is only
 * told: it is of the worst case, and has no best case that a bound would need.
 */
export const recoverySignals: readonly Metric[] = [
  ...(['goodput', 'errors', 'p99', 'backlog'] as const).map(
    (kind): Metric => ({
      ...ofRecovery({ timed: true, text: signalText }),
      name: `recovery of ${kind}`,
      worsen: worseFor[kind],
      unit: 'ms',
      how: `from the last fault's healing to the first of ${goodBinsInARow} bins in a row in which ${kind} alone ${kind === 'errors' ? 'were' : 'was'} as before the fault`,
      windows: kind === 'backlog' ? backlogDegraded : degraded,
      measure: ({ recording }) => {
        const seen = measureRecovery(recording);
        const signal = seen.signals.find((one) => one.kind === kind);
        if (!signal) return counts(seen, Number.NaN);
        const { afterBest: best, afterWorst: worst } = signal;
        return { ...counts(seen, worst), ...timesBack(signal), seen: { best, worst } };
      },
    }),
  ),
  {
    ...ofRecovery({
      timed: true,
      text: (time) => (Number.isNaN(time) ? 'in no single bin' : time === 0 ? '0 s' : readable(time)),
    }),
    name: 'time to degrade',
    unit: 'ms',
    better: 'neither',
    worsen: [],
    how: "from the first fault's taking effect to the first bin that was worse than before it",
    measure: ({ recording }) => counts(measureRecovery(recording), measureRecovery(recording).timeToDegrade),
  },
  {
    ...ofRecovery({}),
    name: 'goodput lost',
    unit: 'operations',
    better: 'neither',
    worsen: [],
    how: 'ok operations by which the bins that were worse fell short of those before the fault',
    measure: ({ recording }) => counts(measureRecovery(recording), Math.round(measureRecovery(recording).lostGoodput)),
  },
  {
    ...ofRecovery({ text: (count) => counted(count, 'relapse') }),
    name: 'relapses',
    unit: 'count',
    better: 'neither',
    worsen: [],
    how: 'times that the service went bad again after its recovery',
    measure: ({ recording }) => counts(measureRecovery(recording), measureRecovery(recording).relapses),
  },
];

/**
 * What came after the last fault, if the service was any worse for the faults. Else there is no recovery to tell of.
 */
function degraded(recording: Recording): Window[] {
  if (recording.faults.length === 0 || recording.generator.loop !== 'open') return [];
  const { status } = measureRecovery(recording);
  return status === 'recovered' || status === 'not-recovered' ? [afterFaults(recording)] : [];
}

/** The same, if there was a probe of the backlog. */
function backlogDegraded(recording: Recording): Window[] {
  return findProbeSeries(recording, usualProbe) ? degraded(recording) : [];
}

interface TimedSignal {
  readonly timed?: true;
  readonly text?: MetricWords['text'];
}

function ofRecovery({ timed, text }: TimedSignal): Omit<Metric, 'name' | 'unit' | 'how' | 'measure' | 'worsen'> {
  return {
    of: 'run',
    better: 'less',
    windows: degraded,
    part: afterFaults,
    ...(timed && { timed }),
    words: {
      ...(text && { text }),
      bound: (bound) => (timed ? readable(bound) : textOf('count', bound)),
      facts: ({ window: { recording } }) => [signalsText(measureRecovery(recording)), faultsText(recording.faults)],
      advice: () => [],
    },
  };
}

function signalText(after: number, { recording }: Window): string {
  return recoveryText(after, measureRecovery(recording));
}

function counts({ status, bins, because }: Recovery, value: number): Measured {
  const doubts = status === 'unmeasured' ? [{ reason: `Recovery could not be measured: ${because}.` }] : [];
  return { best: value, worst: value, samples: bins.length, needs: 0, doubts };
}
