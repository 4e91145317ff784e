import { type Backlog, findProbeSeries, measureBacklog } from '../../analysis/recovery/backlog.ts';
import { readable } from '../../duration.ts';
import type { Recording } from '../../recording/recording.ts';
import { beyond, upTo } from '../grade.ts';
import type { Doubt, Metric } from '../metric.ts';
import { remedyOf } from '../words/advice.ts';
import { counted, faultsText } from '../words/evidence.ts';
import { textOf } from '../words/units.ts';

/** The probe that is meant where none is named. */
export const usualProbe = 'backlog';

/** Numbers that must have been seen before a backlog can be said to have stayed small. */
const neededLooks = 10;

/** The most that the usual probe gave. */
export const queueBacklog: Metric = backlogMetric(usualProbe);

/**
 * The largest backlog that a probe of the user counted, from the start of the run until everything had come to rest.
 * Where the probe gave no number, the backlog may have been anything.
 * @param probe the name under which it was given to `run({ probe })`
 */
export function backlogMetric(probe: string): Metric {
  return {
    name: probe === usualProbe ? 'queue backlog' : `queue backlog (${probe})`,
    unit: 'count',
    of: 'run',
    better: 'less',
    worsen: ['more backlog'],
    how: `the most that the probe named ${probe} gave, from the start of the load until the final state had come to rest`,
    windows: (recording) => (findProbeSeries(recording, probe) ? [recording] : []),
    timed: true,
    extreme: true,
    grades: [upTo(100, 'good'), upTo(1000, 'warning', 'more workers'), beyond('critical', 'scale workers')],
    measure: ({ recording }) => {
      const seen = measureBacklog(recording, probe);
      const { best, worst } = seen?.peak ?? { best: Number.NaN, worst: Number.NaN };
      const doubts = doubtsOf(recording, probe, seen);
      return { best, worst, samples: seen?.samples ?? 0, needs: neededLooks, doubts };
    },
    words: {
      text: (value, { recording }) => {
        const { seen = value, worst = value } = measureBacklog(recording, probe)?.peak ?? {};
        return value >= seen && worst > seen ? `${textOf('count', seen)} or more` : textOf('count', value);
      },
      bound: (bound) => textOf('count', bound),
      few: (samples) =>
        `The probe ${probe} was read ${counted(samples, 'time')}, and that a backlog stayed small takes ${neededLooks}: let the run last longer.`,
      undecided: () =>
        'It was as large as that only just after a stall of the load generator, whose burst may have made the queue: lower the rate, or run on a machine with a core to spare.',
      facts: ({ window: { recording } }) => {
        const seen = measureBacklog(recording, probe);
        return [seen && seen.samples > 0 ? peakText(recording, seen) : '', faultsText(recording.faults)];
      },
      advice: ({ window }) => [remedyOf(window.recording, 'backlog')],
    },
  };
}

function peakText({ faults, duration }: Recording, { peak, peakAt, last }: Backlog): string {
  const active = faults.filter(({ inEffectAt, healedAt }) => inEffectAt <= peakAt && !(healedAt <= peakAt));
  const during = active.length > 0 ? `, during ${active.map(({ name }) => name).join(' and ')}` : '';
  const when = peakAt > duration ? `${readable(peakAt)} (after the load's end)` : readable(peakAt);
  const [most, latest] = [textOf('count', peak.seen), textOf('count', last)];
  return `It was largest at ${when}${during}: ${most}. The last look found ${latest}.`;
}

/** What was seen beyond a bound breaks it all the same. */
function doubtsOf(recording: Recording, probe: string, seen: Backlog | undefined): Doubt[] {
  if (!seen) {
    const names = recording.series.filter(({ subject }) => subject === 'probe').map(({ name }) => `'${name}'`);
    const reason = `This run had no probe named '${probe}' (its probes: ${names.join(', ') || 'none'}), so nobody counted the backlog: pass run({ probe: { ${probe}: () => ... } }).`;
    return [{ reason }];
  }
  const { samples, missing, unseen } = seen;
  const note = recording.notes.find((text) => text.startsWith(`the probe ${probe} `));
  const nothing =
    missing > 0
      ? `The probe ${probe} gave no number ${missing} of ${samples + missing} times, and nobody knows how large the backlog was then${note ? ` (${note})` : ''}. ` +
        'Read it around the fault proxy, as postgres.query and redis.command do, or where it cannot change while it cannot be read, return what it was last.'
      : unseen > 0
        ? `Nobody looked for ${readable(unseen)}: the process of the test, which asks the probe ${probe}, stood still, and how large the backlog was then is not known. Run on a machine with a core to spare.`
        : undefined;
  return nothing === undefined ? [] : [{ reason: nothing, ...(samples > 0 && { spares: 'fail' as const }) }];
}
