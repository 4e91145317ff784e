import { compileHistory } from './compiled-history.ts';
import { PartialOrder } from './partial-order.ts';
import type { Timed } from './register.ts';

/** What a search for an order came to. */
export interface Search {
  /** `found`: there is one. `none`: there is none. `unknown`: the search was cut short. */
  readonly order: 'found' | 'none' | 'unknown';
  /** Configurations that were looked at. */
  readonly states: number;
}

/**
 * Looks for an order of a register's operations in which each is answered as it was. The order keeps to their times: an
 * operation that ended before another began comes first. Operations whose answer never came may be left out.
 *
 * The search of Wing and Gong (Testing and Verification in Distributed Systems, 1993) remembers the configurations that
 * led nowhere, after Lowe (Testing for Linearizability, 2017). A configuration is the operations that were placed and
 * what the register then holds.
 * Where every value is written once and there is no compare-and-set, the search never goes back behind a write whose
 * reads are all placed: in any order they could have come first (after Gibbons and Korach, Testing Shared Memories,
 * 1997).
 * @param held what the register holds in the beginning
 * @param limit configurations that are looked at, at most
 */
export function linearize(history: readonly Timed[], held: string | undefined, limit: number): Search {
  const plan = compileHistory(history, held);
  const order = new PartialOrder(plan);
  let states = 0;
  if (order.left === 0) return { order: 'found', states };
  const known = new Set<string>();
  let stack: SearchStep[] = [{ placed: -1, held: plan.held, next: order.candidates(plan.held), tried: 0 }];
  for (let step = stack.at(-1); step; step = stack.at(-1)) {
    const candidate = step.next[step.tried++];
    if (candidate === undefined) {
      stack.pop();
      if (step.placed >= 0) order.undo(step.placed);
      continue;
    }
    const then = order.place(candidate, step.held);
    if (order.left === 0) return { order: 'found', states };
    const configuration = order.configuration(then);
    if (known.has(configuration)) {
      order.undo(candidate);
      continue;
    }
    if (states >= limit) return { order: 'unknown', states };
    states++;
    if (plan.unique && order.isDoneWith(then)) {
      stack = [];
      known.clear();
    }
    known.add(configuration);
    stack.push({ placed: stack.length === 0 ? -1 : candidate, held: then, next: order.candidates(then), tried: 0 });
  }
  return { order: 'none', states };
}

interface SearchStep {
  /** The operation that led here; -1 in the beginning. */
  readonly placed: number;
  readonly held: number;
  /** What may come next. */
  readonly next: readonly number[];
  tried: number;
}
