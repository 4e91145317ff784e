import { measureFlow } from '../../analysis/window/flow.ts';
import { explainNothingDue } from '../conclude.ts';
import type { Metric } from '../metric.ts';
import { toPercent } from '../percent.ts';
import { neededForShare } from '../samples.ts';
import { counted, errorsText, over } from '../words/evidence.ts';

/** Least share of the offered load, in per cent, that the app must have dealt with meanwhile to have kept up. */
export const keepingUp = 99;

/**
 * Share of an open load that the app dealt with as fast as it came; the rest went into a growing backlog. Whether the
 * answers were good is told by the error rate.
 */
export const answeredOfOffered: Metric = {
  name: 'answered of offered',
  unit: '%',
  of: 'window',
  better: 'more',
  worsen: ['an error'],
  how: 'share of what was offered that did not go into a growing backlog',
  windows: () => [],
  timed: true,
  measure: (window) => {
    const { due, keptUp } = measureFlow(window);
    const nothing = explainNothingDue(window, due);
    return {
      best: toPercent(keptUp.best),
      worst: toPercent(keptUp.worst),
      samples: due,
      needs: neededForShare(1 - keepingUp / 100),
      doubts: nothing === undefined ? [] : [{ reason: nothing }],
    };
  },
  words: {
    claim: () => 'a growth of the backlog',
    facts: ({ window, measured, status }) => [
      status === 'fail'
        ? `${counted(measured.samples, 'operation')} became due ${over(window)}, faster than they were answered: a backlog grew all the while.`
        : '',
    ],
    advice: ({ window }) => [errorsText(window)],
  },
};
