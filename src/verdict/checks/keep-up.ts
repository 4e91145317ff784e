import { flow } from '../../analysis/window/flow.ts';
import type { Window } from '../../recording/recording.ts';
import { decided } from '../bound.ts';
import { concluded, nothingDue, tooFew } from '../conclude.ts';
import type { Judgement } from '../judgement.ts';
import { percentText, toPercent } from '../percent.ts';
import { neededForShare } from '../samples.ts';
import { counted, errorsText, over, rangeText } from '../words/evidence.ts';

/** Least share of what was offered that must have been dealt with meanwhile. */
const kept = 0.99;

/**
 * Did the app deal with an open load as fast as it came, so that no backlog grew? Whether the answers were good is for the
 * error rate to say. Needs 300 operations.
 */
export function keepUp(window: Window): Judgement {
  const { due, keptUp } = flow(window);
  const { best, worst } = keptUp;
  const status = decided(best, worst, '>=', kept);
  const needed = neededForShare(1 - kept);
  return concluded({
    status,
    metric: 'answered of offered',
    value: toPercent(status === 'fail' ? best : worst),
    shown: rangeText(best, worst, percentText),
    bound: `>= ${percentText(kept)}`,
    samples: due,
    needed,
    window,
    timed: true,
    doubt: nothingDue(window, due) ?? tooFew(due, needed, 'a growth of the backlog'),
    facts: [
      status === 'fail'
        ? `${counted(due, 'operation')} became due ${over(window)}, faster than they were answered: a backlog grew all the while.`
        : '',
    ],
    advice: [errorsText(window)],
  });
}
