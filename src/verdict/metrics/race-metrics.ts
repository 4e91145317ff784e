import { winners } from '../../analysis/races/winners.ts';
import type { Window } from '../../recording/recording.ts';
import { neededRaces } from '../samples.ts';
import { racesDoubt } from '../words/races.ts';
import { races } from './applicability.ts';
import { raceConditionRate, raceTime, winRate } from './measurements.ts';
import type { Metric } from './metric.ts';

const racesDoubtOf = (window: Window): string | undefined => racesDoubt(winners(window.recording));

/** Who wins what several contenders want at once. */
export const raceMetrics: readonly Metric[] = [
  {
    name: 'win rate',
    unit: '%',
    how: 'share of the races whose attempts overlapped in time that had exactly one winner',
    needs: neededRaces,
    windows: races,
    measure: winRate,
    doubt: racesDoubtOf,
  },
  {
    name: 'race conditions',
    unit: '%',
    how: 'share of the races with more than one winner, or with another in the final state than in the answers',
    needs: neededRaces,
    windows: races,
    measure: raceConditionRate,
    doubt: racesDoubtOf,
  },
  {
    name: 'race time',
    unit: 'ms',
    how: "mean time from the release of a race to its winner's answer",
    needs: neededRaces,
    windows: races,
    measure: raceTime('mean'),
    doubt: racesDoubtOf,
  },
  {
    name: 'slowest race',
    unit: 'ms',
    how: 'the longest of these times; a p99 would need more races than are run',
    needs: 1,
    windows: races,
    measure: raceTime('max'),
    doubt: racesDoubtOf,
  },
];
