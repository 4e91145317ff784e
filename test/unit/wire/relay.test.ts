import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import type { StatementGate } from '../../../src/wire/gate.ts';
import { startWireServer } from '../../../src/wire/server.ts';
import { message, startup } from './messages.ts';

/** A client and the server at the other end of a relay. */
interface Line {
  readonly client: Socket;
  readonly server: Socket;
  /** What the server has heard. */
  readonly heard: () => Buffer;
}

async function line(gate: StatementGate): Promise<Line> {
  const accepted = Promise.withResolvers<Socket>();
  const upstream = createServer({ allowHalfOpen: true }, accepted.resolve).listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  const wire = await startWireServer((upstream.address() as AddressInfo).port, gate);
  const client = connect({ port: wire.port, host: '127.0.0.1', allowHalfOpen: true });
  client.on('error', () => undefined);
  const server = await accepted.promise;
  const chunks: Buffer[] = [];
  server.on('data', (bytes: Buffer) => chunks.push(bytes));
  server.on('error', () => undefined);
  onTestFinished(async () => {
    client.destroy();
    server.destroy();
    upstream.close();
    await wire.close();
  });
  return { client, server, heard: () => Buffer.concat(chunks) };
}

/** A gate that holds statements named `hold` until it is opened. */
function holding() {
  const open = Promise.withResolvers<void>();
  const asked: string[] = [];
  const gate: StatementGate = {
    onStatement({ text, connection }) {
      asked.push(`${connection}: ${text}`);
      return text === 'hold' ? open.promise : undefined;
    },
  };
  return { gate, asked, open: () => open.resolve() };
}

const [before, held, behind] = [message('Q', 'before'), message('Q', 'hold'), message('Q', 'behind')];

test('what comes behind a held statement waits with it, and all arrives in its order', async () => {
  const { gate, asked, open } = holding();
  const { client, heard } = await line(gate);
  client.write(Buffer.concat([startup, before, held, behind]));
  await expect.poll(heard).toEqual(Buffer.concat([startup, before]));
  expect(asked).toEqual(['1: before', '1: hold']);
  open();
  await expect.poll(heard).toEqual(Buffer.concat([startup, before, held, behind]));
  expect(asked).toEqual(['1: before', '1: hold', '1: behind']);
});

test('what the server says passes meanwhile', async () => {
  const { gate } = holding();
  const { client, server, heard } = await line(gate);
  client.write(Buffer.concat([startup, held]));
  await expect.poll(heard).toEqual(startup);
  server.write('notice');
  expect((await once(client, 'data'))[0].toString()).toBe('notice');
});

test('a client that goes away takes back nothing that it had sent', async () => {
  const { gate, open } = holding();
  const { client, server, heard } = await line(gate);
  client.write(Buffer.concat([startup, held, behind]));
  await expect.poll(heard).toEqual(startup);
  client.resetAndDestroy();
  // The relay is to know of it before the gate opens.
  await new Promise((resolve) => setTimeout(resolve, 50));
  const ended = once(server, 'end');
  open();
  await ended;
  expect(heard()).toEqual(Buffer.concat([startup, held, behind]));
});

test('a client that goes away in the middle of an answer lets the server finish', async () => {
  const { gate } = holding();
  const { client, server, heard } = await line(gate);
  client.write(startup);
  await expect.poll(heard).toEqual(startup);
  const ended = once(server, 'end');
  const written = new Promise<void>((resolve) => {
    server.end('x'.repeat(16 * 1024 * 1024), () => resolve());
  });
  await once(client, 'data');
  client.resetAndDestroy();
  await Promise.all([written, ended]);
});

test('a client that has said all still hears the answer', async () => {
  const { gate } = holding();
  const { client, server } = await line(gate);
  client.end(startup);
  await once(server, 'end');
  server.end('answer');
  expect((await once(client, 'data'))[0].toString()).toBe('answer');
  await once(client, 'end');
});

test('a server that goes away closes the client, held statement or not, as it closed itself', async () => {
  const { gate } = holding();
  const { client, server, heard } = await line(gate);
  client.write(Buffer.concat([startup, held]));
  await expect.poll(heard).toEqual(startup);
  const error = once(client, 'error');
  server.resetAndDestroy();
  expect((await error)[0]).toMatchObject({ code: 'ECONNRESET' });
});

test('a server that reads slowly is felt by the client, and nothing is lost', async () => {
  const { gate } = holding();
  const { client, server, heard } = await line(gate);
  client.write(startup);
  await expect.poll(heard).toEqual(startup);
  server.pause();
  const flood = message('Q', 'x'.repeat(16 * 1024 * 1024));
  client.write(flood);
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(client.writableLength).toBeGreaterThan(1024 * 1024);
  server.resume();
  await expect.poll(() => server.bytesRead, { timeout: 4_000 }).toBe(startup.length + flood.length);
});

test('very many small statements behind a held one go on as soon as it does', async () => {
  const { gate, open } = holding();
  const { client, server, heard } = await line(gate);
  client.write(Buffer.concat([startup, held]));
  await expect.poll(heard).toEqual(startup);
  const many = Buffer.concat(Array.from({ length: 150_000 }, () => message('Q', '')));
  // All of them fit into the relay.
  await new Promise((resolve) => client.write(many, resolve));
  await new Promise((resolve) => setTimeout(resolve, 200));
  open();
  await expect.poll(() => server.bytesRead, { timeout: 4_000 }).toBe(startup.length + held.length + many.length);
});

test('a server that is not there closes the client', async () => {
  const gone = createServer().listen(0, '127.0.0.1');
  await once(gone, 'listening');
  const { port } = gone.address() as AddressInfo;
  gone.close();
  const wire = await startWireServer(port, { onStatement: () => undefined });
  onTestFinished(() => wire.close());
  const client = connect({ port: wire.port, host: '127.0.0.1' });
  client.on('error', () => undefined);
  await new Promise((resolve) => client.once('close', resolve));
});
