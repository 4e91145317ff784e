import { findCapacity } from '../../dist/search/capacity.js';
import { KnownServer } from './known-server.ts';
import { record } from './ours.ts';

/** What `findCapacity` found of the server that answers 400 requests per second. */
export interface Bracket {
  readonly heldAt: number | undefined;
  readonly brokeAt: number | undefined;
  readonly text: string;
}

/**
 * The bracket of one search, by objectives that a pause of this machine does not break: what breaks is keeping up. Each round starts from another
 * rate, so that other rates are tried.
 */
export async function capacityBracket(round: number): Promise<Bracket> {
  await using server = await KnownServer.start('capacity');
  const began = performance.now();
  const { status, heldAt, brokeAt, trials } = await findCapacity(({ load }) => record(load, server.url), {
    request: ({ n }) => ({ path: `/${n}` }),
    from: 60 + 10 * round,
    p99: '3s',
    duration: '3s',
    warmUp: '500ms',
  });
  const width = ((brokeAt ?? Number.NaN) / (heldAt ?? Number.NaN) - 1) * 100;
  const seconds = (performance.now() - began) / 1_000;
  const text = `${status}, held at ${heldAt ?? '-'}/s, broke at ${brokeAt ?? '-'}/s, ${width.toFixed(1)} % wide, ${trials.length} trials in ${seconds.toFixed(0)} s`;
  return { heldAt, brokeAt, text };
}

/** Whether 400/s lies in a bracket that is narrower than a tenth of its lower end. */
export function holdsTruth({ heldAt, brokeAt }: Omit<Bracket, 'text'>): boolean {
  if (heldAt === undefined || brokeAt === undefined) return false;
  return heldAt <= 400 && brokeAt >= 400 && brokeAt - heldAt < 0.1 * heldAt;
}
