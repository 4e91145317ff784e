import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { createServer as createTls } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { arrivals } from '../../dist/load/arrivals.js';
import { autocannon } from '../../dist/load/autocannon.js';
import { journey } from '../../dist/load/journeys/journey.js';
import { race } from '../../dist/load/race.js';
import type { Load } from '../../src/load/load.ts';
import { type Operation, operationsOf } from '../../src/recording/columns.ts';
import { identity, TransportServer } from './fixtures/transport-server.ts';

const body = 'x'.repeat(200);
const whole = (status: number) => `HTTP/1.1 ${status} Any\r\ncontent-length: 200\r\n\r\n${body}`;
const half = `HTTP/1.1 200 OK\r\ncontent-length: 200\r\n\r\n${body.slice(0, 100)}`;

/** A server of HTTP/1.1 by hand that notes how many bytes each request has, by its path. */
async function counting(tls: typeof identity | undefined): Promise<{ url: string; requests: Map<string, number> }> {
  const requests = new Map<string, number>();
  const server: Server = (tls ? createTls.bind(undefined, tls) : createServer)((socket) => {
    let text = '';
    socket.on('error', () => socket.destroy());
    socket.on('data', (data: Buffer) => {
      text += data.toString('latin1');
      const head = text.indexOf('\r\n\r\n');
      const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0);
      if (head < 0 || text.length < head + 4 + length) return;
      const path = text.split(' ', 2)[1] ?? '';
      requests.set(path, text.length);
      text = '';
      if (path.startsWith('/cut')) socket.end(half);
      else socket.write(path.startsWith('/busy') ? whole(503) : whole(201));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { url: `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

async function operations(load: Load, url: string): Promise<Operation[]> {
  const signal = new AbortController().signal;
  const { columns } = await load.run({ url, seed: 1, onZero: () => {}, onProgress: () => {} }, signal);
  return [...operationsOf(columns)];
}

const kinds = ['ok', 'busy', 'cut'] as const;
const request = ({ n }: { n: number }) => {
  const path = `/${kinds[Math.abs(n) % 3]}/${n}`;
  return { method: 'POST', path, key: path, body: 'é'.repeat(Math.abs(n) % 50) };
};
const open = { rate: 100, duration: '300ms', warmUp: 0, request } as const;

const loads: readonly [string, Load, typeof identity | undefined][] = [
  ['arrivals', arrivals(open), undefined],
  ['arrivals over TLS', arrivals(open), identity],
  ['a closed loop', autocannon({ connections: 3, duration: '300ms', warmUp: 0, request }), undefined],
  [
    'a race',
    race({
      races: 5,
      contenders: 3,
      warmUp: 0,
      attempt: ({ race: n, contender }) => request({ n: n * 3 + contender }),
    }),
    undefined,
  ],
];

test.each(loads)(
  '%s: each operation has the bytes that the app read and wrote, and the status of a whole answer',
  async (_, load, tls) => {
    const { url, requests } = await counting(tls);
    const seen = await operations(load, url);
    expect(seen.length).toBeGreaterThanOrEqual(15);
    for (const { key = '', bytesSent, bytesReceived, status, category } of seen) {
      expect({ key, bytesSent }).toEqual({ key, bytesSent: requests.get(key) });
      const expected = {
        ok: { category: 'ok', status: 201, bytesReceived: whole(201).length },
        busy: { category: '503', status: 503, bytesReceived: whole(503).length },
        cut: { category: 'reset', status: undefined, bytesReceived: half.length },
      }[key.split('/')[1] as (typeof kinds)[number]];
      expect({ key, category, status, bytesReceived }).toEqual({ key, ...expected });
    }
  },
);

test('over HTTP/2 heads count with the names and values of their fields, as the app sees them', async () => {
  await using server = await TransportServer.http2((_, stream) => {
    stream.respond({ ':status': 201, date: 'today', 'x-long': body });
    stream.end(body);
  });
  const [first, ...others] = await operations(arrivals({ ...open, http: 2 }), server.url);
  const answer = ':status201datetodayx-long'.length + 2 * body.length;
  for (const { status, bytesReceived } of [first as Operation, ...others]) {
    expect({ status, bytesReceived }).toEqual({ status: 201, bytesReceived: answer });
  }
  // n 0 has no body, and n 3 three letters of two bytes.
  const fields = (path: string) =>
    `:methodPOST:path${path}:schemehttp:authority${new URL(server.url).host}content-length`.length;
  expect(others[2]?.bytesSent).toBe(fields('/ok/3') + '6'.length + 6);
});

test('each request of a journey has its own bytes', async () => {
  const { url, requests } = await counting(undefined);
  const twoRequests = journey(new URL('./fixtures/journeys/blocked.ts', import.meta.url));
  const seen = await operations(arrivals({ rate: 10, duration: '100ms', warmUp: 0, journey: twoRequests }), url);
  expect(
    seen.map(({ name, status, bytesSent, bytesReceived }) => ({ name, status, bytesSent, bytesReceived })),
  ).toEqual(
    ['a', 'b'].map((name) => ({
      name,
      status: 201,
      bytesSent: requests.get(`/${name}`),
      bytesReceived: whole(201).length,
    })),
  );
});

test('a step of a journey has no bytes and no status, a refused request sent none', async () => {
  const steps = journey(new URL('./fixtures/journeys/steps.ts', import.meta.url));
  const closed = createServer();
  closed.listen(0, '127.0.0.1');
  await once(closed, 'listening');
  const url = `http://127.0.0.1:${(closed.address() as AddressInfo).port}`;
  closed.close();
  for (const { category, bytesSent, bytesReceived, status } of await operations(arrivals(open), url)) {
    expect({ category, bytesSent, bytesReceived, status }).toEqual({
      category: 'refused',
      bytesSent: 0,
      bytesReceived: 0,
    });
  }
  const plan = { rate: 10, duration: '100ms', warmUp: 0, timeout: '200ms' } as const;
  const [step] = await operations(arrivals({ ...plan, journey: steps }), url);
  expect(step).toBeDefined();
  for (const name of ['bytesSent', 'bytesReceived', 'status']) expect(step).not.toHaveProperty(name);
});
