import type { BreakingPoint, Trial } from '../verdict/breaking-point.ts';
import { valueText } from '../verdict/breaking-point.ts';

/** Characters of the longest bar. */
const widest = 30;

/**
 * All trials by value, a line each, with a bar for one metric, drawn to a linear scale: where it breaks, the bars grow.
 * @param metric the one to draw; lines whose trial has no such judgement have no bar
 */
export function pictureOf(unit: BreakingPoint['unit'], trials: readonly Trial[], metric: string | undefined): string {
  const lines = trials
    .toSorted((a, b) => a.value - b.value)
    .map((trial) => {
      const judgement = trial.judgements.find((candidate) => candidate.metric === metric);
      const decision = `${trial.decision}${trial.sustained ? ', sustained' : ''}`;
      return { at: valueText(unit, trial.value), decision, judgement };
    });
  const most = Math.max(0, ...lines.map(({ judgement }) => judgement?.value ?? 0).filter(Number.isFinite));
  const atWidth = Math.max(...lines.map(({ at }) => at.length));
  const decisionWidth = Math.max(...lines.map(({ decision }) => decision.length));
  const bound = lines.find(({ judgement }) => judgement)?.judgement?.bound;
  const drawn = lines.map(({ at, decision, judgement }) => {
    const bar = judgement ? `  ${barOf(judgement.value, most)} ${judgement.shown}` : '';
    return `${at.padStart(atWidth)}  ${bar ? decision.padEnd(decisionWidth) : decision}${bar}`;
  });
  return [...(bound === undefined ? [] : [`${metric}, to be ${bound}:`]), ...drawn].join('\n');
}

function barOf(value: number, most: number): string {
  if (value === Number.POSITIVE_INFINITY) return `${'#'.repeat(widest)}>`;
  const length = most > 0 && value > 0 ? Math.max(1, Math.round((value / most) * widest)) : 0;
  return `|${'#'.repeat(length)}`;
}
