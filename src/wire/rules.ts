import { randomFor } from '../random.ts';
import type { Statement, StatementGate } from './gate.ts';
import { takesEffect } from './statement-kind.ts';

/** Which statements wait, and how long. */
export type WireRule =
  /** Delay of `by` milliseconds for each statement whose text matches. */
  | {
      readonly kind: 'slow';
      /** Source and flags of a RegExp. */
      readonly matching: readonly [source: string, flags: string];
      readonly by: number;
      /** Text of our own statement, which is delayed too and not counted. */
      readonly canary: string;
    }
  /**
   * Random delay from half of `upTo` to `upTo` milliseconds for each write and each COMMIT, drawn from the seed. Not
   * from 0: a write that goes on at once would come before the other's check.
   */
  | { readonly kind: 'widen'; readonly upTo: number; readonly seed: number };

/** A rule in force. */
interface Active {
  /** Delay (ms); undefined when the rule does not match the statement. */
  readonly wait: (text: string) => number | undefined;
  readonly canary: string | undefined;
  /** Number of statements of the app that were delayed. */
  countMatched: number;
  readonly held: Set<() => void>;
}

/** Delays statements by rules. Removing a rule lets go what it held. */
export class WireRules implements StatementGate {
  readonly #ownName: string | undefined;
  readonly #active = new Map<number, Active>();

  /** @param ownName name of our own clients: their statements are delayed too, and not counted */
  constructor(ownName?: string) {
    this.#ownName = ownName;
  }

  /** Adds a rule. @param id a number that no other rule has had */
  add(id: number, rule: WireRule): void {
    const [wait, canary] = rule.kind === 'slow' ? [slowDown(rule), rule.canary] : [widen(rule), undefined];
    this.#active.set(id, { wait, canary, countMatched: 0, held: new Set() });
  }

  /** Removes a rule; a rule that is gone is fine. */
  remove(id: number): void {
    const active = this.#active.get(id);
    this.#active.delete(id);
    for (const release of active?.held ?? []) release();
  }

  clear(): void {
    for (const id of [...this.#active.keys()]) this.remove(id);
  }

  /** Counts statements of the app that a rule has delayed, those that wait now included. */
  matched(id: number): number {
    return this.#active.get(id)?.countMatched ?? 0;
  }

  onStatement({ text, client }: Statement): Promise<void> | undefined {
    const ours = client !== undefined && client === this.#ownName;
    let wait: Promise<void> | undefined;
    for (const [id, active] of this.#active) {
      const delay = active.wait(text);
      if (delay === undefined) continue;
      if (!ours && text !== active.canary) active.countMatched += 1;
      // One after the other. The next rule may be gone by then.
      const next = () => (this.#active.has(id) ? hold(active, delay) : Promise.resolve());
      wait = wait === undefined ? next() : wait.then(next);
    }
    return wait;
  }
}

function slowDown({ matching, by, canary }: WireRule & { kind: 'slow' }): Active['wait'] {
  const pattern = new RegExp(...matching);
  return (text) => (text === canary || pattern.test(text) ? by : undefined);
}

function widen({ upTo, seed }: WireRule & { kind: 'widen' }): Active['wait'] {
  const random = randomFor(seed, 0);
  return (text) => (takesEffect(text) ? upTo * (0.5 + random() / 2) : undefined);
}

function hold({ held }: Active, delay: number): Promise<void> {
  return new Promise((resolve) => {
    const release = (): void => {
      clearTimeout(timer);
      held.delete(release);
      resolve();
    };
    const until = performance.now() + delay;
    const wait = (): void => {
      // A timer counts from when the event loop last looked at the clock, so it fires early after a stall.
      const left = until - performance.now();
      if (left > 0) timer = setTimeout(wait, Math.ceil(left));
      else release();
    };
    let timer: NodeJS.Timeout | undefined;
    held.add(release);
    wait();
  });
}
