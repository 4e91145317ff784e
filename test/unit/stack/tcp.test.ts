import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished, test } from 'vitest';
import { tcp } from '../../../src/stack/tcp/tcp.ts';
import { checkSight, sightByConnect, sightByExchange } from '../../../src/stack/tcp/tcp-sight.ts';

async function listening(serve: (socket: Socket) => void = () => undefined): Promise<{ host: string; port: number }> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    serve(socket);
    onTestFinished(() => void socket.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
}

describe('tcp refuses before anything starts', () => {
  it.each<[string, Parameters<typeof tcp>[0], RegExp]>([
    [
      'a URL',
      { upstream: 'http://127.0.0.1:80' },
      /^tcp\(\{ upstream \}\) must be host:port, such as 127\.0\.0\.1:9092; got/,
    ],
    ['an address without a port', { upstream: '127.0.0.1' }, /must be host:port/],
    ['port 0', { upstream: '127.0.0.1:0' }, /must be host:port/],
    ['no upstream', {} as never, /must be host:port.*got undefined/],
    [
      'another host',
      { upstream: 'pay.example.org:443' },
      /pay\.example\.org is another host; if it is yours to disturb, give allowHosts: \["pay\.example\.org"\]$/,
    ],
    ['a host that only looks like this machine', { upstream: '127.0.0.1.example.org:80' }, /is another host/],
    [
      'the kind of another service',
      { upstream: '127.0.0.1:1', kind: 'redis' },
      /kind \}\) must be a word such as kafka/,
    ],
    ['a scheme with its colon', { upstream: '127.0.0.1:1', scheme: 'http:' }, /scheme \}\) must be that of a URL/],
    [
      'a sight that expects nothing',
      { upstream: '127.0.0.1:1', sight: { expect: '' } },
      /sight \}\) must be a function, or/,
    ],
    ['a fetch that is no function', { upstream: '127.0.0.1:1', fetch: 'x' as never }, /fetch \}\) must be a function/],
  ])('%s', (_, options, message) => {
    expect(() => tcp(options)).toThrow(message);
  });

  it('nothing of another host that is allowed by name', () => {
    expect(tcp({ upstream: 'pay.example.org:443', allowHosts: ['pay.example.org'], kind: 'payments' }).kind).toBe(
      'payments',
    );
  });
});

describe('a connect alone', () => {
  test('counts as an answer when it stays, and as cut when it is closed', async () => {
    expect(await sightByConnect(await listening(), 500)).toMatchObject({ kind: 'answered', ready: true });
    expect(await sightByConnect(await listening((socket) => socket.end()), 500)).toEqual({ kind: 'cut' });
    expect(await sightByConnect(await listening((socket) => socket.resetAndDestroy()), 500)).toEqual({ kind: 'cut' });
  });

  test('is refused where nobody listens', async () => {
    expect(await sightByConnect({ host: '127.0.0.1', port: 0 }, 500)).toEqual({ kind: 'refused' });
  });
});

describe('bytes that are expected', () => {
  const greets = (text: string) => listening((socket) => socket.write(text));

  test.each([
    ['are found at the beginning', '220 ready', '220', { kind: 'answered', ready: true }],
    ['are found by a pattern', 'xx 5.7.1-log', /\d\.\d\.\d/, { kind: 'answered', ready: true }],
    ['are not there: another answer is not ready', '554 no', '220', { kind: 'answered', ready: false }],
    ['are not all there within the time: not ready', '22', '220', { kind: 'answered', ready: false }],
  ] as const)('%s', async (_, text, expected, seen) => {
    expect(await sightByExchange({ expect: expected })(await greets(text), 100)).toMatchObject(seen);
  });
});

describe('a probe of the user', () => {
  const address = { host: '127.0.0.1', port: 1 };
  const failing = (error: unknown) => checkSight(() => Promise.reject(error))(address, 50);
  const coded = (code: string) => Object.assign(new Error('it failed'), { code });

  test('is ready unless it resolves to false', async () => {
    expect(await checkSight(async () => undefined)(address, 50)).toMatchObject({ kind: 'answered', ready: true });
    expect(await checkSight(async () => false)(address, 50)).toMatchObject({ kind: 'answered', ready: false });
  });

  test('tells by the code of its error, or of what caused it, how the fault shows', async () => {
    expect(await failing(new TypeError('fetch failed', { cause: coded('ECONNREFUSED') }))).toEqual({ kind: 'refused' });
    expect(await failing(new AggregateError([coded('ECONNREFUSED')]))).toEqual({ kind: 'refused' });
    expect(await failing(coded('UND_ERR_SOCKET'))).toEqual({ kind: 'cut' });
    expect(await failing(coded('ETIMEDOUT'))).toMatchObject({ kind: 'silent' });
    expect(await failing('some other words')).toEqual({ kind: 'cut' });
  });

  test('that throws at once, or never comes back, is bounded too', async () => {
    const throws = (() => {
      throw coded('ECONNRESET');
    }) as () => Promise<unknown>;
    expect(await checkSight(throws)(address, 50)).toEqual({ kind: 'cut' });
    expect(await checkSight(() => new Promise(() => undefined))(address, 20)).toMatchObject({ kind: 'silent' });
  });
});
