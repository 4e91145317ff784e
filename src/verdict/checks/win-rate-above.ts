import { winners } from '../../analysis/winners.ts';
import type { Recording } from '../../recording/recording.ts';
import { remedies } from '../advice.ts';
import { holds } from '../bound.ts';
import { concluded } from '../conclude.ts';
import { counted, faultsText } from '../evidence.ts';
import type { Judgement } from '../judgement.ts';
import { percentText, toPercent } from '../percent.ts';
import { racesDoubt, violationsText } from '../races.ts';

/**
 * Is the share of races with exactly one winner above `share`? A plain count over at least ten races. A race with two winners
 * fails in any run, whatever the rate: two vendors hold one order.
 * @param relation `>=` for a target of 100 %
 */
export function winRateAbove(recording: Recording, share: number, relation: '>' | '>=' = '>'): Judgement {
  const seen = winners(recording);
  const violated = seen.violations.length > 0;
  const kept = holds(seen.winRate, relation, share);
  const bound = `${relation} ${percentText(share)}`;
  return concluded({
    status: kept && !violated ? 'pass' : 'fail',
    witness: violated,
    metric: 'win rate',
    value: toPercent(seen.winRate),
    shown: Number.isNaN(seen.winRate) ? 'not measured' : percentText(seen.winRate),
    bound,
    samples: seen.overlapping,
    window: recording,
    doubt: racesDoubt(seen),
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
