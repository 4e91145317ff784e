import type { Doubt, Measured, Metric, Question } from '../metric.ts';
import { fromPercent, percentText, toPercent } from '../percent.ts';
import { neededForShare, neededStrictly } from '../samples.ts';
import { percentInterval } from '../words/intervals.ts';

/** What is counted of a share, in the best and in the worst case. */
export interface Hits {
  readonly best: number;
  readonly worst: number;
  readonly samples: number;
}

/** A share as a value in per cent, with its interval. */
export function measuredShare({ best, worst, samples }: Hits, needs: number, doubts: readonly Doubt[]): Measured {
  return {
    best: toPercent(best / samples),
    worst: toPercent(worst / samples),
    interval: percentInterval(best, worst, samples),
    samples,
    needs,
    doubts,
  };
}

/** How many samples a bound on a share needs: three for each bad one that it allows (3.7 if strict). */
export function shareRules(better: 'less' | 'more'): Pick<Metric, 'needed' | 'tightest' | 'byInterval'> {
  return {
    needed: ({ bound, strict }) =>
      strict ? neededStrictly(allowed(better, bound)) : neededForShare(allowed(better, bound)),
    tightest: (samples) => {
      const share = samples < 3 ? Number.NaN : toPercent(3 / samples);
      return better === 'less' ? share : 100 - share;
    },
    byInterval: ({ strict }) => strict,
  };
}

/** The share of bad samples that a bound in per cent allows, 0 to 1. */
export function allowed(better: 'less' | 'more', bound: number): number {
  return better === 'less' ? fromPercent(bound) : 1 - fromPercent(bound);
}

/** What needs the samples: `a bound of 1 %, judged strictly,`. */
export function claimOf({ bound, strict }: Question): string {
  return `a bound of ${percentText(fromPercent(bound))}${strict ? ', judged strictly,' : ''}`;
}
