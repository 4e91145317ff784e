import { measureDelivery } from '../../dist/analysis/window/delivery.js';
import { countErrors } from '../../dist/analysis/window/errors.js';
import { measureLatencies, percentile, summarizeDurations } from '../../dist/analysis/window/latency.js';
import { measureThroughput } from '../../dist/analysis/window/throughput.js';
import { arrivals } from '../../dist/load/arrivals.js';
import { autocannon } from '../../dist/load/autocannon.js';
import type { Load } from '../../dist/load/load.js';
import { Recording } from '../../dist/recording/recording.js';
import type { Figures } from './figures.ts';
import type { Tool } from './tool.ts';

/** Milliseconds after which a load that does not end is an error of the bench. */
const longest = 120_000;

const request = ({ n }: { n: number }) => ({ path: `/${n}` });

/** Our open loop. */
export const ourArrivals: Tool = {
  name: 'arrivals',
  ours: true,
  open: true,
  measure: async ({ url, rate, seconds, warmUp }) =>
    figuresOf(await record(arrivals({ rate, duration: seconds * 1_000, warmUp, request }), url)),
};

/** Our closed loop. */
export const ourAutocannon: Tool = {
  name: 'autocannon()',
  ours: true,
  open: false,
  measure: async ({ url, connections, seconds, warmUp }) =>
    figuresOf(await record(autocannon({ connections, duration: seconds * 1_000, warmUp, request }), url)),
};

/** Carries out a load without services or faults. */
export async function record(load: Load, url: string): Promise<Recording> {
  const target = { url: new URL(url).origin, seed: 1, onZero: () => {}, onProgress: () => {} };
  const result = await load.run(target, AbortSignal.timeout(longest));
  const startedAt = new Date().toISOString();
  return new Recording({ ...result, faults: [], finalState: undefined, exits: [], series: [], seed: 1, startedAt });
}

function figuresOf(recording: Recording): Figures {
  const { p50, p95, p99, mean, samples } = summarizeDurations(recording);
  // All that was sent, as the server counts it: a closed loop may send one more a moment after its end.
  const all = { recording, name: 'all', from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY, faults: [] };
  const { byCategory, errors: count } = countErrors(all);
  const status = byCategory.get('503') ?? 0;
  const connection = (byCategory.get('reset') ?? 0) + (byCategory.get('empty') ?? 0);
  return {
    p50,
    p95,
    p99,
    'p99.9': percentile(measureLatencies(recording, 'worst'), 0.999),
    mean,
    rate: measureThroughput(recording).rps,
    'lag p99': measureDelivery(recording).lag.p99,
    requests: samples,
    'status errors': status,
    'connection errors': connection,
    'other errors': count.worst - status - connection,
  };
}
