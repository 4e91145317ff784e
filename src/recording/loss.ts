/** The answer that tells a contender of a race that it lost, where nobody said which does: HTTP's Conflict. */
export const usualLoss: readonly string[] = ['409'];

/**
 * The answers that tell a contender that it lost, as categories of operations.
 * @param given statuses from 100 to 599, or categories such as those of a call's `NotApplied`
 * @param subject named in the error: `race: lossIs`
 * @throws TypeError when it is no such list
 */
export function lossCategories(given: unknown, subject: string): string[] {
  if (Array.isArray(given) && given.length > 0 && given.every(isLoss)) return given.map(String);
  throw new TypeError(
    `${subject} must be the statuses or categories that tell a loser so, such as [409]; got ${JSON.stringify(given)}`,
  );
}

function isLoss(answer: unknown): boolean {
  if (typeof answer === 'number') return Number.isInteger(answer) && answer >= 100 && answer <= 599;
  return typeof answer === 'string' && answer !== '' && answer !== 'ok';
}
