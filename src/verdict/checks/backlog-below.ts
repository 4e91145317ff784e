import { type Backlog, backlogOf } from '../../analysis/recovery/backlog.ts';
import { readable } from '../../duration.ts';
import type { Recording } from '../../recording/recording.ts';
import { decided } from '../bound.ts';
import { concluded } from '../conclude.ts';
import type { Judgement } from '../judgement.ts';
import { remedies } from '../words/advice.ts';
import { counted, faultsText } from '../words/evidence.ts';

/** The probe that is meant where none is named. */
export const usualProbe = 'backlog';

/** Numbers that must have been seen before a backlog can be said to have stayed small. */
export const neededLooks = 10;

/**
 * Did the backlog that a probe of the user counted stay below the bound from the start of the run until everything had come to rest? A number at the bound or
 * above fails; where the probe gave no number, the backlog may have been anything.
 * @param probe the name under which it was given to `run({ probe })`
 */
export function backlogBelow(recording: Recording, bound: number, probe: string = usualProbe): Judgement {
  const seen = backlogOf(recording, probe);
  const { best, worst } = seen?.peak ?? { best: Number.NaN, worst: Number.NaN };
  const status = decided(best, worst, '<', bound);
  return concluded({
    status,
    metric: probe === usualProbe ? 'queue backlog' : `queue backlog (${probe})`,
    value: status === 'fail' ? best : worst,
    shown: backlogText(seen),
    bound: `< ${bound.toLocaleString('en-US')}`,
    samples: seen?.samples ?? 0,
    needed: neededLooks,
    window: recording,
    timed: true,
    doubt: doubtOf(recording, probe, seen, bound),
    facts: [seen && seen.samples > 0 ? peakText(recording, seen) : '', faultsText(recording.faults)],
    advice: [remedies.backlog],
  });
}

/**
 * The name of the probe that is meant.
 * @throws TypeError when the bound is no number above 0, or the options are none
 */
export function backlogOptions(bound: unknown, options: unknown = {}): string {
  if (!(typeof bound === 'number' && Number.isFinite(bound) && bound > 0)) {
    throw new TypeError(
      `toHaveBacklogBelow needs a number above 0, such as 100; got ${JSON.stringify(bound) ?? String(bound)}`,
    );
  }
  const given = typeof options === 'object' && options !== null ? Object.entries(options) : [['options', options]];
  const wrong = given.find(([key, value]) => key !== 'probe' || !['string', 'undefined'].includes(typeof value));
  if (wrong) {
    throw new TypeError(
      `toHaveBacklogBelow takes { probe: 'name' } as its options, a name of run({ probe }); got ${String(wrong[0])}: ${JSON.stringify(wrong[1])}`,
    );
  }
  return (options as { readonly probe?: string }).probe ?? usualProbe;
}

/** The largest backlog as a person reads it: `812`, `12 or more` where the probe did not always give a number. */
export function backlogText(seen: Backlog | undefined): string {
  if (!seen || seen.samples === 0) return 'not measured';
  const { best, seen: peak, worst } = seen.peak;
  const text = best < peak ? `${numberText(best)} to ${numberText(peak)}` : numberText(peak);
  return worst > peak ? `${text} or more` : text;
}

function numberText(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 1 });
}

function peakText({ faults, duration }: Recording, { peak, peakAt, last }: Backlog): string {
  const active = faults.filter(({ inEffectAt, healedAt }) => inEffectAt <= peakAt && !(healedAt <= peakAt));
  const during = active.length > 0 ? `, during ${active.map(({ name }) => name).join(' and ')}` : '';
  const when = peakAt > duration ? `${readable(peakAt)} (after the load's end)` : readable(peakAt);
  return `It was largest at ${when}${during}: ${numberText(peak.seen)}. The last look found ${numberText(last)}.`;
}

function doubtOf(recording: Recording, probe: string, seen: Backlog | undefined, bound: number): string | undefined {
  if (!seen) {
    const names = recording.series.filter(({ subject }) => subject === 'probe').map(({ name }) => `'${name}'`);
    return `This run had no probe named '${probe}' (its probes: ${names.join(', ') || 'none'}), so nobody counted the backlog: pass run({ probe: { ${probe}: () => ... } }).`;
  }
  const { peak, samples, missing } = seen;
  if (peak.best >= bound) return undefined;
  const note = recording.notes.find((text) => text.startsWith(`the probe ${probe} `));
  if (missing > 0) {
    return (
      `The probe ${probe} gave no number ${missing} of ${samples + missing} times, and nobody knows how large the backlog was then${note ? ` (${note})` : ''}. ` +
      'Read it around the fault proxy, as postgres.query and redis.command do, or where it cannot change while it cannot be read, return what it was last.'
    );
  }
  if (seen.unseen > 0) {
    return `Nobody looked for ${readable(seen.unseen)}: the process of the test, which asks the probe ${probe}, stood still, and how large the backlog was then is not known. Run on a machine with a core to spare.`;
  }
  if (peak.seen >= bound) {
    return 'It was as large as that only just after a stall of the load generator, whose burst may have made the queue: lower the rate, or run on a machine with a core to spare.';
  }
  return samples >= neededLooks
    ? undefined
    : `The probe ${probe} was read ${counted(samples, 'time')}, and that a backlog stayed small takes ${neededLooks}: let the run last longer.`;
}
