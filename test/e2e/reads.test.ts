import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { afterAll, expect, test } from 'vitest';
import { arrivals } from '../../dist/load/arrivals.js';
import { autocannon } from '../../dist/load/autocannon.js';
import { journey } from '../../dist/load/journeys/journey.js';
import { race } from '../../dist/load/race.js';
import { judgeReads } from '../../src/analysis/keys/reads.ts';
import type { Load, Request } from '../../src/load/load.ts';
import { operationsOf } from '../../src/recording/columns.ts';
import { Recording } from '../../src/recording/recording.ts';
import { readItsWrites } from '../../src/verdict/checks/read-its-writes.ts';

/** What the app does wrong with a read, by the last digit of the order's number. */
const flaws: Readonly<Record<string, 'stale' | 'forgets' | 'bare' | 'says nothing'>> = {
  1: 'stale',
  3: 'forgets',
  5: 'bare',
  7: 'says nothing',
};
const orders = new Map<string, string>();

const server = createServer((request, response) => void answer(request, response)).listen(0, '127.0.0.1');
await once(server, 'listening');
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
afterAll(() => {
  server.close();
  server.closeAllConnections();
});
async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const key = (request.url as string).slice('/orders/'.length);
  if (request.method === 'PUT') {
    const { status } = (await json(request)) as { status: string };
    orders.set(key, status);
    response.setHeader('content-type', 'application/json').end('{"kept":true}');
    return;
  }
  const flaw = flaws[key.at(-1) as string];
  const status = flaw === 'stale' ? 'open' : orders.get(key);
  if (flaw === 'says nothing') response.socket?.end();
  else if (flaw === 'bare') response.end();
  else if (status === undefined || flaw === 'forgets') response.writeHead(404).end('{"error":"no such order"}');
  else response.end(JSON.stringify({ order: { status } }));
}

async function recorded(load: Load): Promise<Recording> {
  const target = { url, seed: 1, onZero: () => undefined, onProgress: () => undefined };
  const result = await load.run(target, new AbortController().signal);
  const rest = { faults: [], finalState: undefined, exits: [], series: [], seed: 1, startedAt: '' };
  return new Recording({ ...result, ...rest });
}

/** Every second request pays an order; the one half a second later looks at it, and the first fifty at orders that are not there. */
function paidThenRead({ n }: { readonly n: number }): Request {
  const key = n % 2 === 0 ? String(n / 2) : n < 101 ? 'none' : String((n - 101) / 2);
  const path = `/orders/${key}`;
  if (n % 2 !== 0) return { path, key, name: 'look', reads: '/order/status' };
  return { method: 'PUT', path, body: { status: 'paid' }, key, name: 'pay', value: 'paid' };
}

/** How often each came of the operations that read. */
function tally(recording: Recording): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { kind, outcome, category, value } of operationsOf(recording.columns)) {
    if (kind !== 'read') continue;
    const seen = `${outcome} ${category} ${value}`;
    counts[seen] = (counts[seen] ?? 0) + 1;
  }
  return counts;
}

test('arrivals: what an answer says of its key is in the recording; another value and a 404 are wrong, and an empty answer is an error of its own', async () => {
  const recording = await recorded(arrivals({ rate: 200, duration: '1s', warmUp: 0, request: paidThenRead }));
  expect(tally(recording)).toEqual({
    'ok ok paid': 30,
    'ok ok open': 5,
    'failed 404 undefined': 55,
    'failed empty undefined': 5,
    'unknown empty undefined': 5,
  });
  const { sent, answered, judged, wrong } = judgeReads(recording);
  expect({ sent, answered, judged }).toEqual({ sent: 100, answered: 90, judged: 40 });
  expect(wrong.map(({ key, category, saw, written }) => [key, category, saw, written.value])).toEqual(
    [1, 11, 21, 31, 41].flatMap((n) => [
      [String(n), 'ok', 'open', 'paid'],
      [String(n + 2), '404', undefined, 'paid'],
    ]),
  );
  expect(readItsWrites(recording)).toMatchObject({ status: 'fail', witness: true, value: 10 });
});

test('autocannon reads as well, and knows an empty answer', async () => {
  orders.set('0', 'paid');
  const request = ({ n }: { readonly n: number }): Request => {
    const key = ['0', '0', '5', '0', '7'][n % 5] as string;
    return { path: `/orders/${key}`, key, reads: '' };
  };
  const recording = await recorded(autocannon({ connections: 1, duration: '400ms', warmUp: 0, request }));
  expect(Object.keys(tally(recording))).toEqual([
    'ok ok {"order":{"status":"paid"}}',
    'failed empty undefined',
    'unknown empty undefined',
  ]);
});

test('a journey reads, by http and by a step', async () => {
  const module = new URL('./fixtures/journeys/paying.ts', import.meta.url);
  const recording = await recorded(arrivals({ rate: 40, duration: '100ms', warmUp: 0, journey: journey(module) }));
  expect(tally(recording)).toEqual({ 'ok ok paid': 4, 'ok ok open': 2, 'failed 404 undefined': 1 });
  expect(judgeReads(recording)).toMatchObject({
    judged: 7,
    wrong: [
      { key: 'J1', saw: 'open', category: 'ok' },
      { key: 'J1', saw: 'open', category: 'ok' },
      { key: 'J3', saw: undefined, category: '404' },
    ],
  });
});

test('a race in which somebody only reads is refused before anything starts', async () => {
  const attempt = () => ({ path: '/orders/1', key: '1', reads: '/status' });
  const load = race({ races: 1, contenders: 2, attempt });
  await expect(recorded(load)).rejects.toThrow(/attempt\(\{ race: 0, contender: 0 \}\): reads is for requests/);
});
