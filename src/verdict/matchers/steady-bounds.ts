import type { Window } from '../../recording/recording.ts';
import { judge } from '../judge.ts';
import type { Judgement } from '../judgement.ts';
import { driftsOf } from '../metrics/drift.ts';
import { type Percent, share, toPercent } from '../percent.ts';

/**
 * By how much a quantity may rise from the start of the run, or of the window, to its end, as a share of its median:
 * `'10%'` or 0.1. `p99` is the latency; anything else names a series of the recording, `memory` first of all.
 */
export type SteadyBounds = Readonly<Record<string, Percent>> & { readonly p99?: Percent; readonly memory?: Percent };

/**
 * Does nothing rise by more than this in the course of the window? One judgement for p99, and one for each series of a
 * name.
 * @param bounds shares of the median, from 0 to 1
 */
export function staySteady(window: Window, bounds: Readonly<Record<string, number>>): Judgement[] {
  return Object.entries(bounds).flatMap(([quantity, bound]) =>
    driftsOf(quantity, window.recording).map((metric) => judge(metric, '<', toPercent(bound), window)),
  );
}

/**
 * Bounds as shares.
 * @throws TypeError when there are none, or one is no share of 0 to 100 %
 */
export function steadyBounds(bounds: SteadyBounds, matcher: string): Record<string, number> {
  if (typeof bounds !== 'object' || bounds === null || Object.keys(bounds).length === 0) {
    throw new TypeError(
      `${matcher} needs a bound by quantity on its rise over the run, such as { p99: '10%', memory: '5%' }; got ${JSON.stringify(bounds)}`,
    );
  }
  return Object.fromEntries(
    Object.entries(bounds).map(([quantity, bound]) => [quantity, share(bound as Percent, `${matcher}: ${quantity}`)]),
  );
}
