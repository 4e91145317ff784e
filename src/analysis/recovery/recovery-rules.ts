import type { BinRules } from './recovery-bins.ts';

/** The rules of a recovery. */
export interface RecoveryOptions extends Partial<BinRules> {
  /** Good bins in a row that make a recovery, a whole number from 1. Default 3. */
  readonly inARow?: number;
}

/** As good as before for this many bins in a row is recovered. */
export const goodBinsInARow = 3;

const usualRules: Required<RecoveryOptions> = {
  inARow: goodBinsInARow,
  errorShare: 0.01,
  objective: 500,
  slower: 1,
  falseAlarm: 0.01,
};

/**
 * The rules of a recovery with what is usual where nothing else is given.
 * @throws RangeError when an option is out of its range
 */
export function completeRules(given: RecoveryOptions = {}): Required<RecoveryOptions> {
  const rules = { ...usualRules, ...given };
  const { inARow, errorShare, objective, slower, falseAlarm } = rules;
  const require = (holds: boolean, rule: string, value: number): void => {
    if (!holds) throw new RangeError(`recovery: ${rule}; got ${value}`);
  };
  require(Number.isInteger(inARow) && inARow >= 1, 'inARow must be a whole number of bins from 1', inARow);
  require(errorShare >= 0 && errorShare <= 1, 'errorShare must be from 0 to 1 (0.01 for 1 %)', errorShare);
  require(objective >= 0, 'objective must be milliseconds from 0', objective);
  require(slower >= 0, 'slower must be a share from 0 (1 for twice the baseline)', slower);
  require(falseAlarm > 0 && falseAlarm < 1, 'falseAlarm must lie between 0 and 1 (0.01 for 1 %)', falseAlarm);
  return rules;
}
