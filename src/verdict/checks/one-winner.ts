import { findWinners, type Races } from '../../analysis/races/winners.ts';
import { countErrors } from '../../analysis/window/errors.ts';
import type { Recording } from '../../recording/recording.ts';
import { conclude } from '../conclude.ts';
import type { Judgement } from '../judgement.ts';
import { toPercent } from '../percent.ts';
import { neededRaces } from '../samples.ts';
import { remedyOf } from '../words/advice.ts';
import { counted, errorsText, faultsText } from '../words/evidence.ts';
import { conditionsText, fewRaces, holdersDoubt, racesDoubt, unprovenDoubt, violationsText } from '../words/races.ts';

/**
 * Has every race exactly one winner, the same in the answers and in the final state? Was each loser told so, and not
 * before anyone could have won? Two winners fail in any run. Races that nobody won fail unless the load generator had
 * its share in it.
 * @param lossIs categories of answers that say that a contender lost; by default what the load says, else 409
 */
export function oneWinner(recording: Recording, lossIs?: readonly string[]): Judgement {
  const seen = findWinners(recording, lossIs);
  const violated = seen.violations.length > 0;
  const nobody = seen.withoutWinner;
  return conclude({
    status: violated || nobody > 0 ? 'fail' : 'pass',
    witness: violated,
    metric: 'race conditions',
    subject: 'race conditions (two winners of one race, or a wrong one)',
    plural: true,
    value: toPercent(seen.raceConditions / seen.races),
    shown: conditionsText(seen),
    bound: '0, every race won',
    samples: seen.races,
    needed: neededRaces,
    window: recording,
    doubt:
      racesDoubt(seen) ??
      (seen.races < neededRaces ? fewRaces(seen.races, neededRaces) : undefined) ??
      holdersDoubt(recording) ??
      ownFault(recording, nobody) ??
      unproven(seen),
    facts: [
      violationsText(recording, seen),
      nobody > 0
        ? `${counted(nobody, 'race')} of ${seen.races.toLocaleString('en-US')} had no winner at all. ${errorsText(recording)}`
        : '',
      seen.races > 0
        ? `${seen.decided} of ${counted(seen.races, 'race')} had exactly one winner; in ${seen.overlapping} all contenders asked at the same time.`
        : '',
      faultsText(recording.faults),
    ],
    advice: [remedyOf(recording, violated ? 'oneWinner' : 'noWinner')],
  });
}

/** Races that nobody won fail all the same. */
function unproven(seen: Races): string | undefined {
  return seen.withoutWinner > 0 ? undefined : unprovenDoubt(seen);
}

function ownFault(recording: Recording, nobody: number): string | undefined {
  const { best, worst } = countErrors(recording).errors;
  if (nobody === 0 || best === worst) return undefined;
  return 'Some races had no winner, but the load generator could not send all their attempts in time: use fewer contenders, or a machine with a core to spare.';
}
