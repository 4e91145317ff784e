import { drawUpLedger } from '../../analysis/keys/ledger.ts';
import { findWinners } from '../../analysis/races/winners.ts';
import { hasKeys } from '../../recording/columns.ts';
import type { Recording, Window } from '../../recording/recording.ts';
import { beyond, upToAndWith } from '../grade.ts';
import type { Metric } from '../metric.ts';
import { neededRaces } from '../samples.ts';
import { faultsText } from '../words/evidence.ts';
import { sharedText } from '../words/ledger-texts.ts';
import { fewRaces, racesDoubt, unprovenDoubt } from '../words/races.ts';
import { measuredShare } from './share.ts';

/** Keys with an ok answer that are not in the final state. */
export const lost: Metric = keysIn('lost', 'keys with an ok answer that are not in the final state');

/** Keys that are in the final state more than once. */
export const duplicated: Metric = keysIn('duplicated', 'keys that are in the final state more than once');

/** Share of the races that broke the rule of one winner. */
export const raceConditions: Metric = {
  name: 'race conditions',
  unit: '%',
  of: 'race',
  better: 'less',
  how: 'share of the races with more than one winner, or with another in the final state than in the answers',
  windows: (recording) => (recording.generator.loop === 'race' ? [recording] : []),
  grades: [
    upToAndWith(0, 'excellent'),
    upToAndWith(1, 'warning', 'investigate'),
    beyond('critical', 'data integrity at risk'),
  ],
  measure: ({ recording }) => {
    const seen = findWinners(recording);
    const reason = racesDoubt(seen) ?? unprovenDoubt(seen);
    const hits = { best: seen.raceConditions, worst: seen.raceConditions, samples: seen.races };
    const doubts = reason === undefined ? [] : [{ reason }];
    return { ...measuredShare(hits, neededRaces, doubts), witness: seen.violations.length > 0 };
  },
  words: {
    few: (seen, needed) => fewRaces(seen, needed),
    facts: ({ window }) => [faultsText(window.faults)],
    advice: () => [],
  },
};

function keysIn(name: 'lost' | 'duplicated', how: string): Metric {
  return {
    name,
    unit: 'keys',
    of: 'run',
    better: 'less',
    how,
    windows: keyed,
    measure: ({ recording }) => {
      const seen = drawUpLedger(recording);
      const count = seen ? seen[name].length : Number.NaN;
      const reason = seen && sharedText(recording, seen);
      const doubts = reason === undefined ? [] : [{ reason, spares: 'fail' as const }];
      return { best: count, worst: count, samples: seen?.acknowledged ?? 0, needs: 1, doubts };
    },
    words: { facts: ({ window }) => [faultsText(window.faults)], advice: () => [] },
  };
}

/** The run, if its keys can be compared with a final state. */
function keyed(recording: Recording): Window[] {
  return recording.finalState && recording.generator.loop !== 'race' && hasKeys(recording.columns) ? [recording] : [];
}
