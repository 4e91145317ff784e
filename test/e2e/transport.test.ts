import { mkdtempSync, rmSync } from 'node:fs';
import type { ServerHttp2Stream } from 'node:http2';
import { constants } from 'node:http2';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TlsOptions } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { arrivals } from '../../dist/load/arrivals.js';
import { race } from '../../dist/load/race.js';
import { classify } from '../../src/load/http/classify.ts';
import { Dialer } from '../../src/load/http/dialer.ts';
import { openPool } from '../../src/load/http/open-pool.ts';
import type { RequestPool } from '../../src/load/http/request-pool.ts';
import type { Load } from '../../src/load/load.ts';
import { checkTransport, type TransportOptions } from '../../src/load/plan/transport.ts';
import { command } from '../../src/stack/app/command.ts';
import { launch } from '../../src/stack/app/standing-app.ts';
import { data, okHeaders, reset, speakHttp2 } from './fixtures/http2-frames.ts';
import { identity, pem, TransportServer } from './fixtures/transport-server.ts';

const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
const answered = { kind: 'answered', status: 200 };
const lost = { kind: 'reset', sent: true };
const empty = { kind: 'empty', sent: true };
const notSent = { kind: 'reset', sent: false };

/** A pool, and every ending that it told, by the path of the request. */
class Client implements Disposable {
  readonly endings: { path: string; ending: object }[] = [];
  readonly #pool: RequestPool;

  constructor(url: string, options: TransportOptions = {}, timeout = 2_000) {
    this.#pool = openPool(checkTransport('test', options)(url), timeout);
  }

  /** Sends a request; resolves with its ending. @param deadline milliseconds until it is given up */
  ask(path: string, deadline = 2_000, body: string | null = null): Promise<object> {
    return new Promise((resolve) => {
      const request = { method: body === null ? 'GET' : 'POST', path, headers: [], body, okWhen: null };
      const exchange = this.#pool.send(request, ({ bytesSent: _sent, bytesReceived: _received, ...ending }) => {
        clearTimeout(timer);
        this.endings.push({ path, ending });
        resolve(ending);
      });
      const timer = setTimeout(() => exchange.expire(), deadline);
    });
  }

  [Symbol.dispose](): void {
    this.#pool.close();
  }
}

/** What an HTTP/1.1 server does with a request for this path, and what that must be told as. */
const http1: Record<string, [(socket: Socket, cut: () => void) => void, object]> = {
  '/ok': [(socket) => socket.write(ok), answered],
  '/reset-before': [(_, cut) => cut(), lost],
  '/reset-in-the-head': [(socket, cut) => socket.write('HTTP/1.1 200 O', cut), lost],
  '/end-in-the-head': [(socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-le'), lost],
  '/reset-in-the-body': [(socket, cut) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf', cut), lost],
  '/shorter-than-its-length': [(socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf'), lost],
  '/chunks-without-end': [
    (socket) => socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n'),
    lost,
  ],
  '/until-the-end': [(socket) => socket.end('HTTP/1.1 200 OK\r\n\r\nall of it'), answered],
  '/not-http': [(socket) => socket.end('what is this?\r\n\r\n'), lost],
  '/interim': [
    (socket) => {
      socket.write('HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n');
      setTimeout(() => socket.write(ok), 5);
    },
    answered,
  ],
  '/slow-body': [
    (socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nha');
      setTimeout(() => socket.write('lf'), 60);
    },
    answered,
  ],
  '/close': [(socket) => socket.end(`HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok`), answered],
  '/end': [(socket) => socket.end(), empty],
};

test.each([
  ['http', undefined],
  ['https', identity],
])('over %s each end of a request is told once and as what it was, and nothing is sent twice', async (_, tls) => {
  await using server = await TransportServer.http1(
    (path, socket, cut) => http1[path.replace(/\d+$/, '')]?.[0](socket, cut),
    tls,
  );
  using client = new Client(server.url);
  const paths = [1, 2, 3].flatMap((round) => Object.keys(http1).map((path) => path + round));
  // One after the other on kept connections, and then all together.
  for (const path of paths) await client.ask(path);
  await Promise.all(paths.map((path) => client.ask(path.replace(/\d$/, '9') + path.at(-1))));
  for (const { path, ending } of client.endings) {
    expect({ path, ending }).toEqual({ path, ending: http1[path.replace(/\d+$/, '')]?.[1] });
  }
  expect(client.endings).toHaveLength(2 * paths.length);
  expect(new Set(server.seen).size).toBe(server.seen.length);
  expect(server.seen).toHaveLength(2 * paths.length);
});

const { NGHTTP2_INTERNAL_ERROR, NGHTTP2_NO_ERROR, NGHTTP2_REFUSED_STREAM } = constants;

/** The same of an HTTP/2 server. */
const http2: Record<string, [(stream: ServerHttp2Stream) => void, object]> = {
  '/ok': [(stream) => respond(stream), answered],
  '/reset-before': [(stream) => stream.close(NGHTTP2_INTERNAL_ERROR), lost],
  '/refused': [(stream) => stream.close(NGHTTP2_REFUSED_STREAM), notSent],
  '/shorter-than-its-length': [
    (stream) => {
      stream.respond({ ':status': 200, 'content-length': 9 });
      stream.end('half');
    },
    lost,
  ],
  '/interim': [
    (stream) => {
      stream.additionalHeaders({ ':status': 103, link: '</a>' });
      setTimeout(() => respond(stream), 5);
    },
    answered,
  ],
  '/slow-body': [
    (stream) => {
      stream.respond({ ':status': 200 });
      stream.write('ha');
      setTimeout(() => stream.end('lf'), 60);
    },
    answered,
  ],
  '/no-body': [(stream) => stream.respond({ ':status': 204 }, { endStream: true }), { kind: 'answered', status: 204 }],
};

function respond(stream: ServerHttp2Stream): void {
  stream.respond({ ':status': 200 });
  stream.end('ok');
}

test.each([
  ['http', undefined],
  ['https', identity],
])('HTTP/2 over %s: one connection carries all, and each stream ends for itself', async (_, tls) => {
  await using server = await TransportServer.http2(
    (path, stream) => http2[path.replace(/\d+$/, '')]?.[0](stream),
    tls ? { tls } : {},
  );
  using client = new Client(server.url, { http: 2 });
  const paths = [1, 2, 3].flatMap((round) => Object.keys(http2).map((path) => path + round));
  for (const path of paths) await client.ask(path);
  await Promise.all(paths.map((path) => client.ask(path.replace(/\d$/, '9') + path.at(-1))));
  for (const { path, ending } of client.endings) {
    expect({ path, ending }).toEqual({ path, ending: http2[path.replace(/\d+$/, '')]?.[1] });
  }
  expect(client.endings).toHaveLength(2 * paths.length);
  expect(new Set(server.seen).size).toBe(server.seen.length);
  expect(server.seen).toHaveLength(2 * paths.length);
  expect(server.accepted).toBe(1);
});

test.each<[string, (stream: number) => Buffer[], object]>([
  ['a reset in the body', (stream) => [okHeaders(stream), data(stream, 'half', false), reset(stream, 8)], lost],
  [
    'a reset "without error" in the body',
    (stream) => [okHeaders(stream), data(stream, 'half', false), reset(stream, 0)],
    lost,
  ],
  ['a reset "without error" after the head', (stream) => [okHeaders(stream), reset(stream, 0)], lost],
  ['a reset "without error" before the head', (stream) => [reset(stream, 0)], lost],
  ['a reset after the end', (stream) => [okHeaders(stream), data(stream, 'all', true), reset(stream, 0)], answered],
  ['a refusal', (stream) => [reset(stream, 7)], notSent],
  ['an answer in pieces', (stream) => [okHeaders(stream), data(stream, 'a', false), data(stream, '', true)], answered],
])('HTTP/2: %s is told as what it was', async (_, frames, ending) => {
  let requests = 0;
  await using server = await TransportServer.raw((socket) => {
    speakHttp2(socket, (stream) => {
      requests++;
      socket.write(Buffer.concat(frames(stream)));
    });
  });
  using client = new Client(server.url, { http: 2 });
  expect(await client.ask('/', 500)).toEqual(ending);
  expect(await Promise.all([client.ask('/', 500), client.ask('/', 500)])).toEqual([ending, ending]);
  expect({ requests, accepted: server.accepted }).toEqual({ requests: 3, accepted: 1 });
});

test('HTTP/2: a connection that is lost ends all that it carried, once each, and the next request opens another', async () => {
  await using server = await TransportServer.http2((path, stream) => {
    if (path === '/again') respond(stream);
    else if (server.seen.length === 5) stream.session?.socket.destroy();
  });
  using client = new Client(server.url, { http: 2 });
  expect(await Promise.all([1, 2, 3, 4, 5].map((n) => client.ask(`/${n}`)))).toEqual(Array(5).fill(empty));
  expect(await client.ask('/again')).toEqual(answered);
  expect(server.accepted).toBe(2);
  expect(server.seen).toHaveLength(6);
});

test.each([
  ['in order', NGHTTP2_NO_ERROR, answered],
  ['with an error', NGHTTP2_INTERNAL_ERROR, lost],
])(
  'HTTP/2: GOAWAY %s: what the app did not look at was not applied, and nothing is sent again',
  async (_, code, known) => {
    const held: ServerHttp2Stream[] = [];
    await using server = await TransportServer.http2((path, stream) => {
      if (path === '/again') respond(stream);
      else held.push(stream);
      if (path !== '/3') return;
      // Streams 1, 3 and 5 carry the first three; the app disowns the third.
      stream.session?.goaway(code, 3);
      if (code === NGHTTP2_NO_ERROR) for (const one of held.slice(0, 2)) respond(one);
    });
    using client = new Client(server.url, { http: 2 });
    expect(await Promise.all([1, 2, 3].map((n) => client.ask(`/${n}`)))).toEqual([known, known, notSent]);
    expect(await client.ask('/again')).toEqual(answered);
    expect(server.accepted).toBe(2);
    expect(server.seen).toEqual(['/1', '/2', '/3', '/again']);
  },
);

test('HTTP/2: when the app takes no more at a time, another connection is opened, and none is refused', async () => {
  await using server = await TransportServer.http2((_, stream) => setTimeout(() => respond(stream), 30), {
    streams: 4,
  });
  using client = new Client(server.url, { http: 2 });
  const first = await Promise.all(Array.from({ length: 10 }, (_, n) => client.ask(`/${n}`)));
  expect(first).toEqual(Array(10).fill(answered));
  expect(server.accepted).toBe(3);
  await Promise.all(Array.from({ length: 12 }, (_, n) => client.ask(`/${n}`)));
  expect(server.accepted).toBe(3);
});

test('HTTP/2: a request that hangs times out alone; a connection that answers nothing is left', async () => {
  await using server = await TransportServer.http2((path, stream) => {
    if (path !== '/hang') respond(stream);
  });
  using client = new Client(server.url, { http: 2 });
  await client.ask('/first');
  const hanging = client.ask('/hang', 60);
  expect(await client.ask('/beside')).toEqual(answered);
  expect(await hanging).toEqual({ kind: 'timeout', sent: true });
  expect(await client.ask('/after')).toEqual(answered);
  expect(server.accepted).toBe(1);
  expect(await client.ask('/hang', 60)).toEqual({ kind: 'timeout', sent: true });
  expect(await client.ask('/after')).toEqual(answered);
  expect(server.accepted).toBe(2);
});

test.each([
  ['http', 1, undefined],
  ['https', 1, identity],
  ['http', 2, undefined],
  ['https', 2, identity],
] as const)('over %s, version %i, connections are kept alive', async (_, http, tls) => {
  await using server =
    http === 1
      ? await TransportServer.http1((_path, socket) => socket.write(ok), tls)
      : await TransportServer.http2((_path, stream) => respond(stream), tls ? { tls } : {});
  using client = new Client(server.url, { http });
  for (let n = 0; n < 30; n++) expect(await client.ask(`/${n}`)).toEqual(answered);
  expect(server.accepted).toBe(1);
  await Promise.all(Array.from({ length: 20 }, (_, n) => client.ask(`/together-${n}`)));
  await Promise.all(Array.from({ length: 20 }, (_, n) => client.ask(`/again-${n}`)));
  expect(server.accepted).toBe(http === 1 ? 20 : 1);
});

test.each([
  ['http', 'a header that says so', '/close', undefined],
  ['https', 'a header that says so', '/close', identity],
  ['http', 'no word of it', '/until-the-end', undefined],
] as const)(
  'over %s an app that closes every connection after its answer, with %s, answered all',
  async (_, _how, path, tls) => {
    await using server = await TransportServer.http1((seen, socket, cut) => http1[seen]?.[0](socket, cut), tls);
    using client = new Client(server.url);
    for (let round = 0; round < 5; round++) {
      expect(await Promise.all([1, 2, 3, 4].map(() => client.ask(path)))).toEqual(Array(4).fill(answered));
    }
    expect(server.accepted).toBe(20);
  },
);

test.each([1, 2] as const)('an app that answers without reading the request answered (version %i)', async (http) => {
  const body = 'x'.repeat(2_000_000);
  await using server =
    http === 1
      ? await TransportServer.raw((socket) => {
          socket.once('data', () => {
            socket.pause();
            socket.write('HTTP/1.1 413 Too Large\r\ncontent-length: 2\r\n\r\nno');
          });
        })
      : await TransportServer.http2((_, stream) => stream.respond({ ':status': 413 }, { endStream: true }));
  using client = new Client(server.url, { http });
  expect(await client.ask('/', 1_000, body)).toEqual({ kind: 'answered', status: 413 });
});

test.each([1, 2] as const)(
  'a certificate that cannot be verified is an error of its own (version %i)',
  async (http) => {
    const elsewhere = { key: identity.key, cert: pem('elsewhere') };
    const start = (tls: typeof identity) =>
      http === 1
        ? TransportServer.http1((_, socket) => socket.write(ok), tls)
        : TransportServer.http2((_, stream) => respond(stream), { tls });
    await using own = await start(identity);
    await using other = await start(elsewhere);
    const ask = async (url: string, tls?: TransportOptions['tls']) => {
      using client = new Client(url, tls ? { http, tls } : { http });
      return await client.ask('/');
    };
    // On this machine a self-signed certificate will do, unless one is asked for.
    expect(await ask(own.url)).toEqual(answered);
    expect(await ask(own.url, { ca: pem('certificate') })).toEqual(answered);
    expect(await ask(own.url, { rejectUnauthorized: true })).toEqual({ kind: 'certificate' });
    expect(await ask(other.url, { ca: pem('certificate') })).toEqual({ kind: 'certificate' });
    // Trusted, but of another host.
    expect(await ask(other.url, { ca: pem('elsewhere') })).toEqual({ kind: 'certificate' });
    expect([...own.seen, ...other.seen]).toHaveLength(2);
    expect(classify({ kind: 'certificate' }, 'POST', null)).toEqual({ outcome: 'failed', category: 'certificate' });
  },
);

test.each([1, 2] as const)(
  'a TLS handshake that fails is told as that, and a lost one as lost (version %i)',
  async (http) => {
    await using confused = await TransportServer.raw((socket) =>
      socket.on('data', () => socket.write('no TLS here\n')),
    );
    await using closing = await TransportServer.raw((socket) => socket.once('data', () => socket.end()));
    await using resetting = await TransportServer.raw((socket) => socket.once('data', () => socket.resetAndDestroy()));
    await using silent = await TransportServer.raw((socket) => socket.resume());
    const old = (tls: TlsOptions) => TransportServer.http1((_, socket) => socket.write(ok), tls);
    await using refusing = await old({ ...identity, ALPNProtocols: ['http/1.1'] });
    await using unaware = await old(identity);
    const ask = async ({ url }: TransportServer) => {
      using client = new Client(url.replace('http:', 'https:'), { http });
      return await client.ask('/', 200);
    };
    expect(await ask(confused)).toEqual({ kind: 'tls', sent: false });
    expect(await ask(closing)).toEqual(notSent);
    expect(await ask(resetting)).toEqual(notSent);
    expect(await ask(silent)).toEqual({ kind: 'timeout', sent: false });
    const spoken = http === 1 ? answered : { kind: 'tls', sent: false };
    expect([await ask(refusing), await ask(unaware)]).toEqual([spoken, spoken]);
  },
);

test('a connect that takes too long ends by itself', async () => {
  await using silent = await TransportServer.raw((socket) => socket.resume());
  const transport = checkTransport('test', {})(silent.url.replace('http:', 'https:'));
  const failure = await new Promise((resolve) => new Dialer(transport, 50).open((...[error]) => resolve(error)));
  expect(failure).toMatchObject({ code: 'ETIMEDOUT' });
});

test.each([1, 2] as const)('nobody who listens is refused, once for each request (version %i)', async (http) => {
  const { url } = await (async () => {
    await using server = await TransportServer.raw(() => undefined);
    return server;
  })();
  using client = new Client(url, { http });
  expect(await Promise.all([1, 2, 3].map(() => client.ask('/')))).toEqual(Array(3).fill({ kind: 'refused' }));
  await sleep(20);
  expect(client.endings).toHaveLength(3);
});

test('arrivals and race drive an app whose address is https, which is ready when it answers there', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'breaking-point-test-'));
  // Last come, first called: the app has ended by then.
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const argv = ['node', join(import.meta.dirname, 'fixtures', 'https-app.ts')];
  const host = { folder, marker: `test-${folder}`, track: () => undefined };
  const app = await launch(command(argv, { protocol: 'https', ready: '/health' }), host);
  onTestFinished(() => app.stop());
  expect(app.url).toBe(`https://127.0.0.1:${app.port}`);
  expect(await (await app.fetch('/')).text()).toBe('HTTP/1.1');
  const options = { rate: 100, duration: '200ms', warmUp: '100ms', request: () => ({ path: '/' }) } as const;
  const attempt = ({ race: n }: { race: number }) => ({ path: '/', key: String(n) });
  const categories = async (load: Load) => {
    const target = { url: app.url, seed: 1, onZero: () => undefined, onProgress: () => undefined };
    return (await load.run(target, new AbortController().signal)).columns.categories.filter(
      (name) => name !== 'unsent',
    );
  };
  expect(await categories(arrivals(options))).toEqual(['ok']);
  expect(await categories(arrivals({ ...options, http: 2 }))).toEqual(['ok']);
  expect(await categories(arrivals({ ...options, tls: { rejectUnauthorized: true } }))).toEqual(['certificate']);
  expect(await categories(race({ races: 2, contenders: 2, warmUp: 0, attempt }))).toEqual(['ok']);
});
