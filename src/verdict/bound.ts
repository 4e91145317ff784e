import type { Status } from './judgement.ts';

/** How a value must stand to its bound. */
export type Relation = '<' | '<=' | '>' | '>=';

/** Does `value` keep the bound? NaN keeps none. */
export function holds(value: number, relation: Relation, bound: number): boolean {
  switch (relation) {
    case '<':
      return value < bound;
    case '<=':
      return value <= bound;
    case '>':
      return value > bound;
    case '>=':
      return value >= bound;
  }
}

/** A bound as it is shown: `< 1 %`, or `< 1 %, strict` where the whole interval must keep it. */
export function boundText(text: string, strict: boolean): string {
  return strict ? `${text}, strict` : text;
}

/**
 * Both cases inside the bound pass, both outside fail. Anything else is unknown, and so is a case without a value
 * (NaN).
 */
export function decide(best: number, worst: number, relation: Relation, bound: number): Status {
  if ([best, worst, bound].some(Number.isNaN)) return 'unknown';
  const kept = holds(best, relation, bound);
  if (kept !== holds(worst, relation, bound)) return 'unknown';
  return kept ? 'pass' : 'fail';
}
