import { readable } from '../../duration.ts';
import type { Comeback } from './comeback.ts';
import type { Baseline } from './recovery-bins.ts';
import { estimateHidden, type LevelShift, type TailGround } from './recovery-shift.ts';

/**
 * How a recovery came about, in a sentence.
 * @param comeback with what its tails made of it
 * @param shifts that did so
 * @param length of a bin in milliseconds
 */
export function explain(comeback: Comeback, shifts: readonly LevelShift[], ground: TailGround, length: number): string {
  const { status, afterBest, afterWorst, observed } = comeback;
  const {
    baseline,
    times: { healedAt },
  } = ground;
  const shifted = shifts.map((shift) => describeShift(shift, baseline)).join(' and ');
  const outcome = {
    'never-degraded': () => 'no bin from the fault on was worse than before it',
    recovered: () =>
      `as good as before ${readable(afterWorst)} after the fault was lifted${describeRelapses(comeback)}${shifted && `; until then ${shifted}`}`,
    'not-recovered': () =>
      shifted
        ? `not recovered: ${shifted}, which shows in the bins together and not in each`
        : `not as good as before within ${readable(observed)} of the fault being lifted${describeRelapses(comeback)}`,
  }[status]();
  const uncertain =
    afterBest < afterWorst ? `; without the generator's own stalls it may have been ${readable(afterBest)}` : '';
  const hidden = status === 'not-recovered' ? undefined : estimateHidden(healedAt + afterWorst, ground);
  const short = hidden
    ? `; with the ${hidden.operations} operations from then on, a lasting rise of the errors shows from ${formatPercent(hidden.share)} on`
    : '';
  return `${outcome}${uncertain}${short} (${describeBaseline(baseline, length)})`;
}

/** That it was good for a while before it relapsed, or went bad afterwards for so little that it is no relapse. */
function describeRelapses({ firstAfter, afterWorst, relapses }: Comeback): string {
  if (relapses === 0) return '';
  const times = relapses === 1 ? 'once' : `${relapses} times`;
  if (firstAfter === afterWorst) return `, and went bad again ${times} for a moment`;
  return `: it was so ${firstAfter === 0 ? 'at once' : `after ${readable(firstAfter)}`}, and relapsed (it went bad again ${times})`;
}

function describeBaseline({ goodput, p99, errorShare }: Baseline, length: number): string {
  return `before the fault: ${goodput} ok per ${length} ms, p99 ${readable(p99)}, errors ${formatPercent(errorShare)}`;
}

/** `errors 6.1 % after it against 2.0 % before (900 operations)`. */
function describeShift({ kind, before, after, operations }: LevelShift, { slowAbove }: Baseline): string {
  const against = (what: string): string =>
    `${what} ${formatPercent(after)} after it against ${formatPercent(before)} before (${operations} operations)`;
  return {
    errors: () => against('errors'),
    p99: () => against(`slower than ${readable(slowAbove)} were`),
    goodput: () => `goodput ${formatPercent(1 - after / before)} lower after it than before (${operations} operations)`,
  }[kind]();
}

function formatPercent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
