import { categoryOf } from '../../recording/categories.ts';
import type { Outcome } from '../../recording/columns.ts';
import { usualLoss } from '../../recording/loss.ts';

/** An operation that raced. */
export interface Attempt {
  /** The contender. */
  readonly value: string;
  readonly dueAt: number;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly outcome: Outcome;
  readonly category: string;
}

/**
 * What a contender was told. `open`: nothing for certain. `aside`: nothing about the race, which it may never have
 * reached. `otherwise`: an answer of no such kind.
 */
export type ToldContender = 'won' | 'lost' | 'open' | 'aside' | 'otherwise';

const usualLosses: ReadonlySet<string> = new Set(usualLoss);

/**
 * Reads what a contender was told from its answer.
 * @param lossIs the categories that say that it lost. Undefined where the load names none: then 409 says it, and any
 * other failure but a 5xx is about the request and not the race (malformed, not allowed, one too many, nothing found)
 */
export function readVerdict({ outcome, category }: Attempt, lossIs?: ReadonlySet<string>): ToldContender {
  if (outcome === 'ok') return 'won';
  if ((lossIs ?? usualLosses).has(category)) return 'lost';
  if (outcome === 'unknown') return lossIs && category === 'invalid' ? 'otherwise' : 'open';
  if (isUntold(category)) return 'aside';
  if (lossIs) return 'otherwise';
  return category.startsWith('5') ? 'otherwise' : 'aside';
}

/** Whether it never reached the app, or the app may have broken it off: nobody was told anything. */
function isUntold(category: string): boolean {
  return category !== 'invalid' && categoryOf(category) !== undefined;
}

/**
 * Counts the contenders that certainly reached a race. They were told that they had won or lost, or the app answered
 * them with an error, or they hold the key in the end.
 */
export function countContenders({
  attempts,
  durable = [],
  lossIs,
}: Pick<Raced, 'attempts' | 'durable' | 'lossIs'>): number {
  const reached = new Set<string>();
  for (const attempt of attempts) {
    const told = readVerdict(attempt, lossIs);
    if ((told !== 'open' && told !== 'aside') || durable.includes(attempt.value)) reached.add(attempt.value);
  }
  return reached.size;
}

/** How a durable winner is shown when the final state holds the key without a value. */
export const nameless = '?';

/** What is known of one race. */
export interface Raced {
  /** In the order in which they were due. */
  readonly attempts: readonly Attempt[];
  /** The contenders that were told that they had won. */
  readonly acknowledged: readonly string[];
  /** Those that the final state names; undefined where none was read. */
  readonly durable: readonly string[] | undefined;
  /** The final state had come to rest: whoever it does not name is not there. */
  readonly atRest: boolean;
  /** Somebody may have won before the first of these attempts, so that even the first may rightly have lost. */
  readonly takenBefore: boolean;
  readonly lossIs?: ReadonlySet<string> | undefined;
}

/**
 * Says which rule a race broke: at most one winner, the right one, and each loser told so in time. Undefined if none.
 */
export function findViolation(race: Raced): string | undefined {
  return findWrongWinner(race) ?? findWrongLoser(race);
}

function findWrongWinner({ attempts, acknowledged, durable, atRest, lossIs }: Raced): string | undefined {
  if (acknowledged.length > 1) return `${acknowledged.length} contenders were told that they had won`;
  if (!durable) return undefined;
  if (durable.length > 1) return `the final state holds ${durable.length} winners`;

  const [winner] = acknowledged;
  const [holder] = durable;
  if (winner !== undefined && holder === undefined && atRest)
    return `${winner} was told that it had won, and is not in the final state`;
  if (holder === undefined || holder === nameless || holder === winner) return undefined;
  if (winner !== undefined) return `${winner} was told that it had won, and the final state holds ${holder}`;

  const own = attempts.filter(({ value }) => value === holder);
  const told = own.map((attempt) => readVerdict(attempt, lossIs));
  if (own.length === 0) return `the final state holds ${holder}, which never took part`;
  if (told.includes('open')) return undefined;
  if (told.includes('lost')) return `the final state holds ${holder}, which was told that it had lost`;
  return `the final state holds ${holder}, which came to nothing (${own[0]?.category})`;
}

function findWrongLoser({ attempts, acknowledged, durable = [], takenBefore, lossIs }: Raced): string | undefined {
  const winner = acknowledged[0] ?? durable[0];
  if (winner === undefined) return undefined;
  const told = attempts.map((attempt) => ({ attempt, told: readVerdict(attempt, lossIs) }));
  const otherwise = told.find((one) => one.told === 'otherwise' && one.attempt.value !== winner);
  if (otherwise) {
    const { value, category } = otherwise.attempt;
    return `${value} lost and was not told so: it was answered ${category}`;
  }
  if (takenBefore) return undefined;
  const first = told
    .filter((one) => one.told === 'won' || one.told === 'open')
    .map(({ attempt }) => attempt)
    .reduce<Attempt | undefined>(
      (least, next) => (least && !(next.startedAt < least.startedAt) ? least : next),
      undefined,
    );
  const early = first && told.find((one) => one.told === 'lost' && one.attempt.endedAt < first.startedAt);
  if (!early) return undefined;
  const { value, category, endedAt } = early.attempt;
  const by = (first.startedAt - endedAt).toFixed(1);
  return `${value} was told that it had lost (${category}) ${by} ms before the first that may have won, ${first.value}, asked`;
}
