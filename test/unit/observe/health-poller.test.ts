import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { HealthPoller } from '../../../src/observe/health-poller.ts';
import { now } from '../../../src/recording/clock.ts';

/** An app that answers its polls so, and how many connections to it are open. */
async function appThat(answers: RequestListener) {
  const server = createServer(answers).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const open = () => new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)));
  return { app: { url, health: { live: '/live', ready: '/ready' } } as const, open };
}

test('a poll that is never answered holds up nobody: at the end it is unfinished, and its connection closed', async () => {
  const { app, open } = await appThat(() => undefined);
  const zero = now();
  const poller = new HealthPoller(app);
  await expect.poll(open).toBe(2);
  poller.stop();
  await expect.poll(open).toBe(0);
  expect(poller.since(zero)).toMatchObject([
    { kind: 'live', path: '/live', answers: ['unfinished'] },
    { kind: 'ready', path: '/ready', answers: ['unfinished'] },
  ]);
});

test('none is sent after the end, and none that was sent before zero is told', async () => {
  let asked = 0;
  const { app, open } = await appThat((_, response) => {
    asked += 1;
    response.writeHead(503).end('no');
  });
  const poller = new HealthPoller(app);
  await expect.poll(() => asked).toBeGreaterThanOrEqual(2);
  poller.stop();
  // One may be on its way.
  await expect.poll(open).toBe(0);
  const before = asked;
  await sleep(250);
  expect(asked).toBe(before);
  expect(await open()).toBe(0);
  expect(poller.since(now()).map(({ answers }) => answers)).toEqual([[], []]);
});

test('an app without paths is not polled', async () => {
  const poller = new HealthPoller({ url: 'http://127.0.0.1:1', health: undefined });
  poller.stop();
  expect(poller.since(0)).toEqual([]);
});
