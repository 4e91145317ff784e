import { winners } from '../../analysis/races/winners.ts';
import { summaryOf } from '../../analysis/window/latency.ts';
import { readable } from '../../duration.ts';
import type { Recording } from '../../recording/recording.ts';
import { decided } from '../bound.ts';
import { concluded, tooFew } from '../conclude.ts';
import type { Judgement } from '../judgement.ts';
import { neededRaces } from '../samples.ts';
import { remedies } from '../words/advice.ts';
import { counted, faultsText, timeRangeText } from '../words/evidence.ts';
import { racesDoubt } from '../words/races.ts';

/**
 * Is the mean time from the release of a race to its winner's answer below the bound?
 * @param bound milliseconds
 */
export function raceTimeBelow(recording: Recording, bound: number): Judgement {
  const seen = winners(recording);
  const [best, worst] = [summaryOf(seen.times.best), summaryOf(seen.times.worst)];
  const { samples } = worst;
  const status = decided(best.mean, worst.mean, '<', bound);
  return concluded({
    status,
    metric: 'race time',
    value: status === 'fail' ? best.mean : worst.mean,
    shown: timeRangeText(best.mean, worst.mean),
    bound: `< ${readable(bound)}`,
    samples,
    needed: neededRaces,
    window: recording,
    timed: true,
    doubt: racesDoubt(seen) ?? tooFew(samples, neededRaces, 'a mean race time'),
    facts: [
      samples > 0
        ? `${counted(samples, 'race')} took ${timeRangeText(best.mean, worst.mean)} on average and ${timeRangeText(best.max, worst.max)} at most until the winner knew.`
        : '',
      faultsText(recording.faults),
    ],
    advice: [remedies.raceTime],
  });
}
