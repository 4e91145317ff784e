import { type BreakingPoint, bracketText, searchWindow } from './breaking-point.ts';
import type { Judgement } from './judgement.ts';
import type { Row, SearchResult } from './result.ts';
import { judgedRow } from './rows.ts';

/** The line of a search in the table: its bracket, and a line for each bound that was asserted. It has no grade. */
export function rowsForSearch(point: BreakingPoint, judgements: readonly Judgement[]): Row[] {
  if (judgements.length > 0) return judgements.map((judgement) => judgedRow(judgement));
  const measured: Row = {
    metric: point.of,
    window: searchWindow,
    value: point.heldAt ?? null,
    interval: null,
    shown: bracketText(point),
    samples: point.trials.length,
    grade: null,
    action: null,
    target: null,
    verdict: 'measured',
    because: point.because,
    validity: null,
  };
  return [measured];
}

/**
 * A search as plain JSON.
 * @param fileOf the name of a trial's recording in the folder of the test, where it has one
 */
export function searchResult(
  point: BreakingPoint,
  fileOf: (trial: BreakingPoint['trials'][number]) => string | undefined,
): SearchResult {
  const { of, unit, suffix, from, to, status, because, picture, contradictions, notes } = point;
  return {
    ...{ of, unit, suffix, from, to, status },
    heldAt: point.heldAt ?? null,
    brokeAt: point.brokeAt ?? null,
    brokeFirst: point.brokeFirst.map(({ metric }) => metric),
    ...{ because, contradictions, notes },
    trials: point.trials.map((trial) => ({
      value: trial.value,
      decision: trial.decision,
      sustained: trial.sustained,
      objectives: trial.judgements.map(({ metric, shown, bound, status: verdict }) => ({
        ...{ metric, shown, verdict },
        target: bound,
      })),
      recording: fileOf(trial) ?? null,
    })),
    picture,
  };
}
