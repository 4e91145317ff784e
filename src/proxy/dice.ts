import { randomForKey } from '../random.ts';
import type { Direction } from './toxics/toxic.ts';

/** Which toxic on which connection rolls dice. */
export interface Roller {
  /** Name of the proxy. */
  readonly proxy: string;
  /** Number of the connection in the order in which that proxy accepted them, from 1. */
  readonly connection: number;
  readonly direction: Direction;
  /** Name of the toxic. */
  readonly toxic: string;
  /** How often a toxic of that name was put on the proxy, this time included. */
  readonly addition: number;
}

/** Gives each roller a stream of numbers in [0, 1): the first for its toxicity, the next for jitter or sizes. */
export type Dice = (roller: Roller) => () => number;

/**
 * Dice that fall the same way again for the same seed, however connections and toxics interleave, since no roller draws
 * from the stream of another. Jitter and sizes are drawn once a chunk, so they repeat as far as the data arrives in the
 * same chunks.
 */
export function makeSeededDice(seed: number): Dice {
  return ({ proxy, connection, direction, toxic, addition }) =>
    randomForKey(seed, JSON.stringify([proxy, connection, direction, toxic, addition]));
}

/** Dice that cannot be replayed. */
export const unseededDice: Dice = () => Math.random;
