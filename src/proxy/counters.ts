import type { TcpProxy } from './proxy.ts';
import type { Traffic } from './traffic.ts';

/**
 * What `GET /proxies/{proxy}/counters` answers, a route that a Toxiproxy does not have and its clients never ask for.
 * All counts are since the proxy was made; disabling and resetting leave them as they are. Times are milliseconds since
 * 1970, null before any byte.
 */
export interface Counters {
  /** Accepted so far, and open now. One whose upstream could not be reached counts as well. */
  readonly connections: { readonly accepted: number; readonly open: number };
  readonly upstream: TrafficCounters;
  readonly downstream: TrafficCounters;
  /** The names of the toxics that it has. */
  readonly toxics: readonly string[];
}

/** Bytes of one direction: as they came in, and as they were passed on behind the toxics. */
export interface TrafficCounters {
  readonly received: number;
  readonly sent: number;
  /** When the first byte came in. */
  readonly first: number | null;
  /** When the last byte came in. */
  readonly last: number | null;
}

/** The counters of a proxy as they are now. */
export function countersOf({ accepted, open, traffic, toxics }: TcpProxy): Counters {
  return {
    connections: { accepted, open },
    upstream: trafficCounters(traffic.upstream),
    downstream: trafficCounters(traffic.downstream),
    toxics: toxics.map(({ name }) => name),
  };
}

function trafficCounters({ received, sent, firstAt, lastAt }: Traffic): TrafficCounters {
  return { received, sent, first: firstAt ?? null, last: lastAt ?? null };
}
