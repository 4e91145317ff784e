import { winners } from '../../analysis/races/winners.ts';
import type { Recording } from '../../recording/recording.ts';
import { boundText, holds } from '../bound.ts';
import { concluded } from '../conclude.ts';
import type { Judgement } from '../judgement.ts';
import { percentText, toPercent } from '../percent.ts';
import { neededRaces, neededStrictly } from '../samples.ts';
import { remedies } from '../words/advice.ts';
import { counted, faultsText } from '../words/evidence.ts';
import { percentInterval, percentIntervalText, straddling } from '../words/intervals.ts';
import { holdersDoubt, racesDoubt, violationsText } from '../words/races.ts';

/**
 * Is the share of races with exactly one winner above `share`? A plain count over at least ten races. A race with two winners
 * fails in any run, whatever the rate: two vendors hold one order.
 * @param relation `>=` for a target of 100 %
 * @param strict whether the whole interval must keep the bound. A bound of 100 % stays a plain count: no number of races could prove it.
 */
export function winRateAbove(
  recording: Recording,
  share: number,
  relation: '>' | '>=' = '>',
  strict = false,
): Judgement {
  const seen = winners(recording);
  const violated = seen.violations.length > 0;
  const kept = holds(seen.winRate, relation, share);
  const byInterval = strict && share < 1;
  const bound = boundText(`${relation} ${percentText(share)}`, byInterval);
  const needed = byInterval ? Math.max(neededRaces, neededStrictly(1 - share)) : neededRaces;
  const interval = percentInterval(seen.overlappingDecided, seen.overlappingDecided, seen.overlapping);
  return concluded({
    status: kept && !violated ? 'pass' : 'fail',
    witness: violated,
    metric: 'win rate',
    value: toPercent(seen.winRate),
    interval,
    shown: Number.isNaN(seen.winRate) ? 'not measured' : percentText(seen.winRate),
    bound,
    samples: seen.overlapping,
    needed,
    window: recording,
    doubt:
      racesDoubt(seen) ??
      holdersDoubt(recording) ??
      (byInterval
        ? (tooFewStrictly(seen.overlapping, share) ?? straddling(interval, relation, toPercent(share)))
        : undefined),
    certainty: percentIntervalText(interval),
    facts: [
      violationsText(recording, seen),
      violated && kept
        ? `The rate alone keeps ${bound}, but two contenders must never both hold what was raced for.`
        : '',
      seen.races > 0
        ? `${seen.decided} of ${counted(seen.races, 'race')} had exactly one winner, ${seen.withoutWinner} had none; ${seen.overlapping} overlapped in time.`
        : '',
      faultsText(recording.faults),
    ],
    advice: [violated ? remedies.oneWinner : remedies.noWinner],
  });
}

function tooFewStrictly(races: number, share: number): string | undefined {
  const needed = neededStrictly(1 - share);
  if (races >= needed) return undefined;
  return `Too few races: ${races.toLocaleString('en-US')}, and a bound of ${percentText(share)}, judged strictly, needs ${needed.toLocaleString('en-US')}. Raise races in race({ races, contenders, attempt }).`;
}
