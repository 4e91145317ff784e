import type { Columns } from '../recording/columns.ts';
import type { GeneratorFacts } from '../recording/recording.ts';
import type { TimeSpans } from './generator/protocol.ts';
import type { LoadResult } from './load.ts';

/** What a generator of ours brings home. */
export interface Generated extends Partial<Pick<GeneratorFacts, 'health' | 'warmUp'>> {
  readonly columns: Columns;
  readonly stalls: TimeSpans;
  readonly catchingUp?: TimeSpans;
}

/** What a load knows of itself. */
type OwnFacts = Pick<GeneratorFacts, 'load' | 'loop' | 'offeredRate' | 'connections'>;

/** The result of a load. @param duration milliseconds from zero to its end */
export function resultOf(own: OwnFacts, generated: Generated, duration: number): LoadResult {
  const { columns, stalls, catchingUp, health, warmUp } = generated;
  const facts = { stalls, ...(catchingUp && { catchingUp }), health, ...(warmUp && { warmUp }) };
  return { columns, generator: { ...own, ...facts }, duration };
}
