import { describe, expect, onTestFinished, test } from 'vitest';
import { arrivals } from '../../dist/load/arrivals.js';
import { autocannon } from '../../dist/load/autocannon.js';
import { type RegisterCall, register } from '../../src/analysis/linearizability/register.ts';
import type { Load, Request, RequestContext } from '../../src/load/load.ts';
import type { Operation } from '../../src/recording/columns.ts';
import { Recording } from '../../src/recording/recording.ts';
import { invariant } from '../../src/verdict/checks/invariant.ts';
import { keep } from '../../src/verdict/checks/keep.ts';
import { linearizable } from '../../src/verdict/checks/linearizable.ts';
import { type RegisterDefect, RegisterServer } from './fixtures/register-server.ts';

/** The recording of a load against registers with a defect, and what they held in the end. */
async function recorded(load: Load, defect: RegisterDefect): Promise<Recording> {
  const server = new RegisterServer(defect);
  const url = await server.listen();
  onTestFinished(() => server.close());
  const target = { url, seed: 1, onZero: () => {}, onProgress: () => {} };
  const result = await load.run(target, new AbortController().signal);
  const after = [...server.held].map(([key, value]) => ({ key, value }));
  return new Recording({
    ...result,
    faults: [],
    finalState: { before: [], after, settled: true, settleTime: 0 },
    exits: [],
    series: [],
    seed: 1,
    startedAt: '2026-01-01T00:00:00.000Z',
  });
}

const options = { rate: 400, duration: '400ms', warmUp: '100ms' } as const;
const oneOf = (random: () => number, ...all: readonly string[]): string =>
  all[Math.floor(random() * all.length)] as string;

describe('registers that are written and read', () => {
  const request = ({ n, random }: RequestContext): Request => {
    const key = oneOf(random, 'k0', 'k1', 'k2');
    return random() < 0.5
      ? { path: `/r/${key}`, key, name: 'get', reads: '/value' }
      : { method: 'PUT', path: `/r/${key}`, body: `v${n}`, key, name: 'put', value: `v${n}` };
  };
  const fresh = invariant('a read sees what was acknowledged before it was sent, or something newer', (history) =>
    staleReads(history.operations),
  );

  test('are linearizable, though some answers were lost, and keep an invariant of the user', async () => {
    const recording = await recorded(arrivals({ ...options, request }), 'none');
    const { status, because, samples } = linearizable(recording, register());
    expect(because).toContain('An order was found for 3 of 3 keys');
    expect({ status, many: samples > 150 }).toEqual({ status: 'pass', many: true });
    expect(keep(recording, fresh).status).toBe('pass');
  });

  test('are not where reads come from a copy, and the invariant sees it too', async () => {
    // Four at a time: on a machine that stands still for a while, arrivals all overlap, and may then be in any order.
    const load = autocannon({ connections: 4, duration: '1s', warmUp: 0, request });
    const recording = await recorded(load, 'stale-read');
    const { status, because } = linearizable(recording, register());
    expect(status).toBe('fail');
    expect(because).toMatch(/k\d: these \d+ operations fit no order \(the key held .* before them\): .*read /);
    expect(keep(recording, fresh).status).toBe('fail');
  });
});

/** Reads of a value that another had replaced, acknowledged, before they were sent. */
function staleReads(operations: readonly Operation[]) {
  const puts = operations.filter(({ name, outcome }) => name === 'put' && outcome === 'ok');
  const reads = operations.filter(({ kind, outcome }) => kind === 'read' && outcome === 'ok');
  return reads.flatMap((read) => {
    const own = puts.filter(({ key }) => key === read.key);
    const written = own.find(({ value }) => value === read.value)?.endedAt ?? Number.NaN;
    const replaced = own.some(({ startedAt, endedAt }) => startedAt > written && endedAt < read.startedAt);
    return replaced ? [{ what: `read ${read.value}, which had been replaced`, key: read.key, at: read.endedAt }] : [];
  });
}

describe('registers that are compared and set', () => {
  const swaps = arrivals({
    ...options,
    request: ({ random }) => {
      const key = oneOf(random, 'k0', 'k1', 'k2');
      const [from, to] = [oneOf(random, '0', '1', '2'), oneOf(random, '0', '1', '2')];
      const value = `${from}>${to}`;
      return { method: 'POST', path: `/r/${key}`, body: { from, to }, key, name: 'swap', value };
    },
  });
  const model = register({
    initial: '0',
    call({ value = '', category }): RegisterCall {
      const [from, to] = value.split('>');
      return { kind: 'cas', from, to, ...(category === '409' && { swapped: false }) };
    },
  });

  test.each([
    ['none', 'pass'],
    ['lost-update', 'fail'],
  ] as const)('with the defect %s: %s', async (defect, expected) => {
    const { status, because } = linearizable(await recorded(swaps, defect), model);
    expect(status).toBe(expected);
    if (expected === 'fail') expect(because).toMatch(/swap of "\d" for "\d"/);
  });
});
