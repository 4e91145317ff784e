import { ProxyClient } from '../../dist/proxy/client.js';
import { progress, table } from '../output.ts';
import { median, ratios, spread } from '../statistics.ts';
import type { Contender } from './contenders.ts';
import { cpuSeconds } from './resources.ts';
import type { Work } from './work.ts';

/** A way from a client to a server: around all proxies, or through one. */
interface Way {
  readonly via: 'direct' | Contender['name'];
  readonly chain: Chain;
  /** The proxy's process. */
  readonly pid?: number;
  readonly port: Readonly<Record<Work['upstream'], number>>;
}

const chains = ['no toxic', 'latency 0 ms'] as const;
type Chain = (typeof chains)[number];
type Ports = Way['port'];

/** Rates of each round, by what was measured, the chain and the way. */
export class Throughput {
  readonly #rates = new Map<string, number[]>();
  /** Microseconds of the proxy's CPU per operation, in the same way. */
  readonly #cpu = new Map<string, number[]>();
  readonly #measured = new Set<string>();

  /**
   * Measures everything `rounds` times, one way after the other within each work, each round beginning with another
   * way, so that a busy moment of the machine meets all of them alike.
   */
  async run(works: readonly Work[], ports: Ports, contenders: readonly Contender[], rounds: number): Promise<void> {
    const ways = await waysThrough(contenders, ports);
    progress('warming up');
    const first = works.filter(
      (work, index) => works.findIndex(({ upstream }) => upstream === work.upstream) === index,
    );
    for (const way of ways) for (const work of first) await work.measure(way.port[work.upstream]);
    for (let round = 0; round < rounds; round += 1) {
      for (const work of works) {
        for (const way of rotated(ways, round)) {
          progress(`round ${round + 1} of ${rounds}: ${work.name}, ${way.via}, ${way.chain}`);
          const before = way.pid === undefined ? Number.NaN : cpuSeconds(way.pid);
          const { rates, operations } = await work.measure(way.port[work.upstream]);
          const spent = way.pid === undefined ? Number.NaN : cpuSeconds(way.pid) - before;
          append(this.#cpu, keyOf(work.name, way.via, way.chain), (spent * 1e6) / operations);
          for (const [name, rate] of Object.entries(rates)) this.#add(name, way, rate);
        }
      }
    }
  }

  /** Medians per second, and ratios with their least and greatest round. */
  table(): string {
    const head = ['work', 'chain', 'direct/s', 'Toxiproxy/s', 'ours/s', 'ours : Toxiproxy', 'ours : direct'];
    const rows = [...this.#measured].flatMap((name) =>
      chains.map((chain) => {
        const direct = this.#of(name, 'direct', 'no toxic');
        const real = this.#of(name, 'Toxiproxy', chain);
        const ours = this.#of(name, 'ours', chain);
        const medians = [direct, real, ours].map(rate);
        return [name, chain, ...medians, spread(ratios(ours, real)), spread(ratios(ours, direct))];
      }),
    );
    return table('Throughput: medians; ratios of each round, their median (least-greatest)', head, rows);
  }

  /** What a proxy adds to one operation of a single client, in microseconds. */
  addedLatency(): string {
    const alone = [...this.#measured].filter((name) => name.endsWith('1 client'));
    const rows = alone.flatMap((name) =>
      chains.map((chain) => {
        const direct = this.#of(name, 'direct', 'no toxic');
        const added = (via: Way['via']) => {
          const each = this.#of(name, via, chain).map(
            (value, round) => 1e6 / value - 1e6 / (direct[round] ?? Number.NaN),
          );
          return each.length === 0 ? '-' : `${median(each).toFixed(1)} us`;
        };
        return [name, chain, added('Toxiproxy'), added('ours')];
      }),
    );
    return table(
      'Added by the proxy to one operation of a single client',
      ['work', 'chain', 'Toxiproxy', 'ours'],
      rows,
    );
  }

  /** The proxy's CPU per operation: unlike a rate it hardly depends on what else the machine does. */
  cpuPerOperation(works: readonly Work[]): string {
    const rows = works.flatMap(({ name }) =>
      chains.map((chain) => {
        const cell = (via: Way['via']) => {
          const each = this.#cpu.get(keyOf(name, via, chain)) ?? [];
          return each.length === 0 ? '-' : `${median(each).toFixed(1)} us`;
        };
        return [name, chain, cell('Toxiproxy'), cell('ours')];
      }),
    );
    return table('CPU of the proxy per operation: medians', ['work', 'chain', 'Toxiproxy', 'ours'], rows);
  }

  #add(name: string, { via, chain }: Way, value: number): void {
    this.#measured.add(name);
    append(this.#rates, keyOf(name, via, chain), value);
  }

  #of(name: string, via: Way['via'], chain: Chain): number[] {
    return this.#rates.get(keyOf(name, via, chain)) ?? [];
  }
}

function append(to: Map<string, number[]>, key: string, value: number): void {
  to.set(key, [...(to.get(key) ?? []), value]);
}

function keyOf(name: string, via: Way['via'], chain: Chain): string {
  return JSON.stringify([name, via, chain]);
}

async function waysThrough(contenders: readonly Contender[], ports: Ports): Promise<Way[]> {
  const ways: Way[] = [{ via: 'direct', chain: 'no toxic', port: ports }];
  for (const { name, url, pid } of contenders) {
    const client = new ProxyClient(url);
    const plain = await proxied(client, ports, 'plain');
    const toxic = await proxied(client, ports, 'toxic');
    for (const proxy of Object.values(toxic)) {
      await proxy.addToxic({ name: 'zero', type: 'latency', stream: 'downstream', attributes: { latency: 0 } });
    }
    ways.push({ via: name, chain: 'no toxic', pid, port: { redis: plain.redis.port, postgres: plain.postgres.port } });
    ways.push({
      via: name,
      chain: 'latency 0 ms',
      pid,
      port: { redis: toxic.redis.port, postgres: toxic.postgres.port },
    });
  }
  return ways;
}

async function proxied(client: ProxyClient, ports: Ports, kind: string) {
  return {
    redis: await client.create(`redis-${kind}`, `127.0.0.1:${ports.redis}`),
    postgres: await client.create(`postgres-${kind}`, `127.0.0.1:${ports.postgres}`),
  };
}

function rotated<T>(list: readonly T[], by: number): T[] {
  const start = by % list.length;
  return [...list.slice(start), ...list.slice(0, start)];
}

function rate(values: readonly number[]): string {
  return values.length === 0 ? '-' : Math.round(median(values)).toLocaleString('en');
}
