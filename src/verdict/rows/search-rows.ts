import { type BreakingPoint, bracketText, searchWindow } from '../breaking-point.ts';
import { type Exploration, explorationText } from '../exploration.ts';
import type { Judgement } from '../judgement.ts';
import { explorationMetric } from '../matchers/hold-throughout.ts';
import type { ExplorationResult, Row, SearchResult } from './result.ts';
import { makeJudgedRow } from './rows.ts';

/** The line of a search in the table: its bracket, and a line for each bound that was asserted. It has no grade. */
export function rowsForSearch(point: BreakingPoint, judgements: readonly Judgement[]): Row[] {
  if (judgements.length > 0) return judgements.map((judgement) => makeJudgedRow(judgement));
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

/** The line of an exploration in the table: how many schedules held, or that one failed. It has no grade. */
export function rowsForExploration(exploration: Exploration, judgements: readonly Judgement[]): Row[] {
  if (judgements.length > 0) return judgements.map((judgement) => makeJudgedRow(judgement));
  const measured: Row = {
    metric: explorationMetric,
    window: searchWindow,
    value: exploration.failing ? 1 : 0,
    interval: null,
    shown: explorationText(exploration),
    samples: exploration.trials.length,
    grade: null,
    action: null,
    target: null,
    verdict: 'measured',
    because: exploration.because,
    validity: null,
  };
  return [measured];
}

/**
 * An exploration as plain JSON.
 * @param fileOf the name of a trial's recording in the folder of the test, where it has one
 */
export function explorationResult(
  { status, runs, seed, because, trials, failing }: Exploration,
  fileOf: (trial: Exploration['trials'][number]) => string | undefined,
): ExplorationResult {
  return {
    ...{ status, runs, seed, because },
    trials: trials.map((trial) => ({
      ...{ seed: trial.seed, schedule: trial.schedule, status: trial.status, message: trial.message },
      recording: fileOf(trial) ?? null,
    })),
    failing: failing ?? null,
  };
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
