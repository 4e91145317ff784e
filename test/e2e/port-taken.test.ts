import { createServer, type Server } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { freePort } from '../../src/proxy/port.ts';
import { postgres } from '../../src/stack/postgres/postgres.ts';
import { redis } from '../../src/stack/redis/redis.ts';
import type { Service } from '../../src/stack/service.ts';
import { BareHost } from './fixtures/bare-host.ts';

vi.mock('../../src/proxy/port.ts', { spy: true });

let host: BareHost;
let taker: Server;

beforeEach(async () => {
  host = await BareHost.open();
  taker = createServer();
});

afterEach(async () => {
  vi.mocked(freePort).mockRestore();
  taker.close();
  await host[Symbol.asyncDispose]();
});

test.each([
  ['postgres', postgres()],
  ['redis', redis()],
])('%s is started on another port when somebody took the first one', async (name, definition) => {
  const taken = await freePort();
  await new Promise<void>((resolve) => taker.listen(taken, '127.0.0.1', resolve));
  vi.mocked(freePort).mockResolvedValueOnce(taken);
  const service = await (await host.start<Service>(name, definition)).fresh();
  expect(service.directUrl).not.toContain(`:${taken}`);
  expect(await service.sight('direct')).toMatchObject({ kind: 'answered', ready: true });
  expect(host.alive().length).toBe(1);
});

test('a server of the same kind on the same port is not taken for ours', async () => {
  const stranger = await (await host.start('stranger', redis())).fresh();
  vi.mocked(freePort).mockResolvedValueOnce(Number(new URL(stranger.directUrl).port));
  const ours = await (await host.start('ours', redis())).fresh();
  expect(ours.directUrl).not.toBe(stranger.directUrl);
  expect(host.alive().length).toBe(2);
});
