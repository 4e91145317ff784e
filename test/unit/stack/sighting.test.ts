import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { type Conversation, sight } from '../../../src/stack/clients/sighting.ts';
import { startPostgresConversation } from '../../../src/stack/postgres/postgres-protocol.ts';

const question: Conversation = {
  opening: Buffer.from('?'),
  hear: (heard) => (heard.length < 2 ? undefined : heard.toString() === 'ok'),
};
let server: Server | undefined;

afterEach(() => {
  server?.close();
});

test('an answer says whether the server is ready, whatever pieces it comes in', async () => {
  const address = await listening((socket) => {
    socket.write('o');
    setTimeout(() => socket.write('k'), 5);
  });
  expect(await sight(address, question, 1_000)).toMatchObject({ kind: 'answered', ready: true });
});

test('another answer is one that is not ready', async () => {
  const address = await listening((socket) => socket.write('no'));
  expect(await sight(address, question, 1_000)).toMatchObject({ kind: 'answered', ready: false });
});

test('a beginning of an answer and then the end, or nothing more, is one that is not ready', async () => {
  const hangsUp = await listening((socket) => socket.end('o'));
  expect(await sight(hangsUp, question, 1_000)).toMatchObject({ kind: 'answered', ready: false });
  const stalls = await listening((socket) => socket.write('o'));
  expect(await sight(stalls, question, 30)).toMatchObject({ kind: 'answered', ready: false });
});

test('a connection that is closed or reset without an answer was cut', async () => {
  const closes = await listening((socket) => socket.end());
  expect(await sight(closes, question, 1_000)).toEqual({ kind: 'cut' });
  const resets = await listening((socket) => socket.resetAndDestroy());
  expect(await sight(resets, question, 1_000)).toEqual({ kind: 'cut' });
});

test('nothing listens: refused', async () => {
  const address = await listening(() => undefined);
  server?.close();
  expect(await sight(address, question, 1_000)).toEqual({ kind: 'refused' });
});

test('no answer within the time: silent, after that time', async () => {
  const address = await listening(() => undefined);
  const seen = await sight(address, question, 30);
  expect(seen.kind).toBe('silent');
  expect(seen.kind === 'silent' && seen.after).toBeGreaterThan(25);
});

test('Postgres is asked for TLS, then for a startup as ourselves', () => {
  const said: Buffer[] = [];
  const { opening, hear } = startPostgresConversation('shop');
  expect(Buffer.from(opening).toString('hex')).toBe('0000000804d2162f');
  expect(hear(Buffer.from('N'), (bytes) => said.push(Buffer.from(bytes)))).toBeUndefined();
  const text = 'user\0postgres\0database\0shop\0application_name\0breaking-point\0\0';
  // Four bytes of length and four of version before 61 bytes of text.
  expect(text.length).toBe(61);
  expect(said).toEqual([Buffer.concat([Buffer.of(0, 0, 0, 69, 0, 3, 0, 0), Buffer.from(text)])]);
});

test('Postgres is ready once it says ReadyForQuery, in whatever pieces', () => {
  const { hear } = startPostgresConversation('shop');
  const authenticated = [82, 0, 0, 0, 8, 0, 0, 0, 0];
  const ready = [90, 0, 0, 0, 5, 73];
  expect(hear(Buffer.from([78, ...authenticated]), () => undefined)).toBeUndefined();
  expect(hear(Buffer.from([78, ...authenticated, ...ready.slice(0, 5)]), () => undefined)).toBeUndefined();
  expect(hear(Buffer.from([78, ...authenticated, ...ready]), () => undefined)).toBe(true);
});

test.each([
  ['57P03', 'the database system is starting up', false],
  ['57P01', 'terminating connection due to administrator command', false],
  ['53300', 'sorry, too many clients already', true],
  ['XX000', 'a message with C57P03 in it', true],
])('Postgres that refuses the startup with %s (%s): ready is %s', (code, message, ready) => {
  const body = Buffer.from(`SFATAL\0VFATAL\0C${code}\0M${message}\0\0`);
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  const { hear } = startPostgresConversation('shop');
  expect(hear(Buffer.concat([Buffer.from('NE'), length, body]), () => undefined)).toBe(ready);
});

/** A server that greets every connection in the given way, after the client spoke. */
async function listening(greet: (socket: Socket) => void): Promise<{ host: string; port: number }> {
  server?.close();
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => greet(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
}
