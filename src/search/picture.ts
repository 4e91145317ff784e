import { type BreakingPoint, objectiveText, type Scale, type Trial, valueText } from '../verdict/breaking-point.ts';

/** Characters of the longest bar. */
const widest = 30;

/**
 * All trials by value, a line each, with a bar for one metric, drawn to a linear scale, and a line where it breaks.
 * @param metric the one to draw; lines whose trial has no such judgement have no bar
 */
export function drawPicture(
  scale: Scale & Pick<BreakingPoint, 'of' | 'heldAt' | 'brokeAt'>,
  trials: readonly Trial[],
  metric: string | undefined,
): string {
  const lines = trials
    .toSorted((a, b) => a.value - b.value)
    .map((trial) => {
      const judgement = trial.judgements.find((candidate) => candidate.metric === metric);
      const decision = `${trial.decision}${trial.sustained ? ', sustained' : ''}`;
      return { value: trial.value, at: valueText(scale, trial.value), decision, judgement };
    });
  const most = Math.max(0, ...lines.map(({ judgement }) => judgement?.value ?? 0).filter(Number.isFinite));
  const first = lines.find(({ judgement }) => judgement)?.judgement;
  const drawn = first ? `${objectiveText(first)}, must be ${first.bound}` : '';
  const atWidth = Math.max(...[scale.of, ...lines.map(({ at }) => at)].map(({ length }) => length));
  const decisionWidth = Math.max(...lines.map(({ decision }) => decision.length));
  const rows = lines.map(({ value, at, decision, judgement }) => {
    const bar = judgement ? `${drawBar(judgement.value, most)} ${judgement.shown}` : '';
    return { value, text: `${at.padStart(atWidth)}  ${decision.padEnd(decisionWidth)}  ${bar}`.trimEnd() };
  });
  const head = `${scale.of.padStart(atWidth)}  ${' '.repeat(decisionWidth)}  ${drawn}`.trimEnd();
  const { heldAt, brokeAt } = scale;
  const breaks = heldAt === undefined || brokeAt === undefined ? -1 : rows.findIndex(({ value }) => value >= brokeAt);
  const line = `${'-'.repeat(atWidth)}  breaks here`;
  return [head, ...rows.flatMap(({ text }, index) => (index === breaks ? [line, text] : [text]))].join('\n');
}

function drawBar(value: number, most: number): string {
  if (value === Number.POSITIVE_INFINITY) return `${'#'.repeat(widest)}>`;
  const length = most > 0 && value > 0 ? Math.max(1, Math.round((value / most) * widest)) : 0;
  return `|${'#'.repeat(length)}`;
}
