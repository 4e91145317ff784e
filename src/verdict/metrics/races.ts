import { findWinners } from '../../analysis/races/winners.ts';
import { summarize } from '../../analysis/window/latency.ts';
import type { Recording, Window } from '../../recording/recording.ts';
import { beyond, upTo, upToAndWith } from '../grade.ts';
import type { Doubt, Measured, Metric } from '../metric.ts';
import { neededRaces, neededStrictly } from '../samples.ts';
import { remedyOf } from '../words/advice.ts';
import { counted, faultsText, timeRangeText } from '../words/evidence.ts';
import { conditionsText, fewRaces, holdersDoubt, racesDoubt, unprovenDoubt, violationsText } from '../words/races.ts';
import { textOf } from '../words/units.ts';
import { allowed, claimOf, measuredShare } from './share.ts';

/** The run, if it was a race. */
const races = (recording: Recording): Window[] => (recording.generator.loop === 'race' ? [recording] : []);

/**
 * Share of the races with exactly one winner: a plain count over at least ten races. A race with two winners is a
 * witness, at any rate: two contenders hold one thing. Judged strictly, a bound of 100 % stays a plain count: no number
 * of races could prove it.
 */
export const winRate: Metric = {
  name: 'win rate',
  unit: '%',
  of: 'race',
  better: 'more',
  worsen: ['a second winner'],
  how: 'share of the races whose attempts overlapped in time that had exactly one winner',
  windows: races,
  grades: [
    upTo(95, 'critical', 'fix the locking'),
    upToAndWith(99, 'warning', 'review constraints'),
    beyond('excellent'),
  ],
  measure: ({ recording }) => {
    const { overlappingDecided, overlapping, violations } = findWinners(recording);
    const hits = { best: overlappingDecided, worst: overlappingDecided, samples: overlapping };
    return { ...measuredShare(hits, neededRaces, doubtsOf(recording)), witness: violations.length > 0 };
  },
  needed: (question) =>
    isStrict(question) ? Math.max(neededRaces, neededStrictly(allowed('more', question.bound))) : neededRaces,
  byInterval: isStrict,
  words: {
    few: (seen, needed, question) => fewRaces(seen, needed, isStrict(question) ? claimOf(question) : undefined),
    facts: ({ window: { recording }, measured, relation, bound }) => {
      const seen = findWinners(recording);
      const kept = measured.witness && (relation === '>' ? measured.worst > bound : measured.worst >= bound);
      return [
        violationsText(recording, seen),
        kept ? 'The rate alone keeps the bound, but two contenders must never both hold what was raced for.' : '',
        seen.races > 0
          ? `${seen.decided} of ${counted(seen.races, 'race')} had exactly one winner, ${seen.withoutWinner} had none; ${seen.overlapping} overlapped in time.`
          : '',
        faultsText(recording.faults),
      ];
    },
    advice: ({ window, measured }) => [remedyOf(window.recording, measured.witness ? 'oneWinner' : 'noWinner')],
  },
};

/** Share of the races that broke the rule of one winner. */
export const raceConditions: Metric = {
  name: 'race conditions',
  unit: '%',
  of: 'race',
  better: 'less',
  worsen: ['a second winner'],
  how: 'share of the races with more than one winner, or with another in the final state than in the answers',
  windows: races,
  grades: [
    upToAndWith(0, 'excellent'),
    upToAndWith(1, 'warning', 'investigate'),
    beyond('critical', 'data integrity at risk'),
  ],
  measure: ({ recording }) => {
    const seen = findWinners(recording);
    const hits = { best: seen.raceConditions, worst: seen.raceConditions, samples: seen.races };
    return { ...measuredShare(hits, neededRaces, doubtsOf(recording)), witness: seen.violations.length > 0 };
  },
  words: {
    text: (_, { recording }) => conditionsText(findWinners(recording)),
    bound: (bound) => textOf('%', bound),
    few: (seen, needed) => fewRaces(seen, needed),
    facts: ({ window: { recording } }) => [
      violationsText(recording, findWinners(recording)),
      faultsText(recording.faults),
    ],
    advice: ({ window }) => [remedyOf(window.recording, 'oneWinner')],
  },
};

/** Milliseconds from the release of a race to its winner's answer: the mean over all races. */
export const raceTime: Metric = {
  ...timeMetric('mean'),
  name: 'race time',
  how: "mean time from the release of a race to its winner's answer",
  grades: [
    upTo(100, 'excellent'),
    upTo(500, 'good'),
    upTo(1000, 'warning', 'find what waits'),
    beyond('critical', 'look at locks'),
  ],
};

/** The longest of these times. */
export const slowestRace: Metric = {
  ...timeMetric('max'),
  name: 'slowest race',
  how: 'the longest of these times; a p99 would need more races than are run',
  extreme: true,
};

function timeMetric(field: 'mean' | 'max'): Omit<Metric, 'name' | 'how'> {
  return {
    unit: 'ms',
    of: 'race',
    better: 'less',
    worsen: ['a slower answer'],
    windows: races,
    timed: true,
    measure: ({ recording }) => timeOf(recording, field),
    words: {
      few: (seen, needed) => fewRaces(seen, needed),
      facts: ({ window: { recording } }) => {
        const { times } = findWinners(recording);
        const [best, worst] = [summarize(times.best), summarize(times.worst)];
        return [
          worst.samples > 0
            ? `${counted(worst.samples, 'race')} took ${timeRangeText(best.mean, worst.mean)} on average and ${timeRangeText(best.max, worst.max)} at most until the winner knew.`
            : '',
          faultsText(recording.faults),
        ];
      },
      advice: ({ window }) => [remedyOf(window.recording, 'raceTime')],
    },
  };
}

function timeOf(recording: Recording, field: 'mean' | 'max'): Measured {
  const seen = findWinners(recording);
  const [{ [field]: best }, { [field]: worst, samples }] = [summarize(seen.times.best), summarize(seen.times.worst)];
  const reason = racesDoubt(seen);
  const doubts = reason === undefined ? [] : [{ reason }];
  return { best, worst, samples, needs: field === 'max' ? 1 : neededRaces, doubts };
}

function doubtsOf(recording: Recording): Doubt[] {
  const seen = findWinners(recording);
  const reason = racesDoubt(seen) ?? holdersDoubt(recording);
  const unproven = unprovenDoubt(seen);
  return [
    ...(reason === undefined ? [] : [{ reason }]),
    // Races that nobody won are too few winners all the same.
    ...(unproven === undefined ? [] : [{ reason: unproven, spares: 'fail' as const }]),
  ];
}

function isStrict({ strict, bound }: { readonly strict: boolean; readonly bound: number }): boolean {
  return strict && bound < 100;
}
