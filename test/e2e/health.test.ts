import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { arrivals, command, type Recording, redis, stall } from 'breaking-point';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { experiment } from '../../dist/experiment.js';
import { launch } from '../../dist/stack/app/standing-app.js';
import { openStack, type Stack } from '../../dist/stack/stack.js';
import { reportReadiness } from '../../dist/verdict/checks/report-readiness.js';
import { stayLive } from '../../dist/verdict/checks/stay-live.js';
import { HealthPoller } from '../../src/observe/health-poller.ts';
import { now } from '../../src/recording/clock.ts';
import { fixture } from './fixtures/drive.ts';

const definitions = { cache: redis() };

describe('an app whose Redis stands still for 2.5 seconds', () => {
  let stack: Stack<typeof definitions>;
  beforeAll(async () => {
    stack = await openStack({ services: definitions });
  });
  afterAll(() => stack.close());

  async function suffered(word: 'is honest' | 'lies'): Promise<Recording> {
    const { cache } = await stack.fresh();
    const program = ['node', fixture('health-app.ts'), word];
    const paths = { ready: '/ready', live: '/live' } as const;
    const app = await launch(command(program, { env: { REDIS_URL: cache.url }, ...paths }), stack);
    try {
      const request = () => ({ path: '/work', name: 'work' });
      return await experiment(
        {
          load: arrivals({ rate: 40, duration: '4800ms', warmUp: '200ms', timeout: '1s', request }),
          faults: [stall(cache).from('1s').to('3500ms')],
        },
        { app, seed: 1, signal: new AbortController().signal, onPhase: () => {}, onProgress: () => {} },
      );
    } finally {
      await app.end();
    }
  }

  test('and that says so is truthful, and alive', async () => {
    const recording = await suffered('is honest');
    expect(recording.polls.map(({ kind, path }) => [kind, path])).toEqual([
      ['live', '/live'],
      ['ready', '/ready'],
    ]);
    // The polls are no part of the load.
    expect(recording.columns.names).toEqual(['work']);
    // Bounds with room for a busy machine; those for the liar are narrow.
    expect(reportReadiness(recording, 2_000)).toMatchObject({ status: 'pass' });
    expect(stayLive(recording, 1_500)).toMatchObject({ status: 'pass' });
  });

  test('and that says nothing of it is caught, and so is a liveness that waits for Redis', async () => {
    const recording = await suffered('lies');
    const readiness = reportReadiness(recording, 500);
    expect(readiness.because).toMatch(
      /The app said ready from .* \(GET \/ready: 200 \(\d+\)\), while its work failed: .* 503/,
    );
    expect(readiness.because).toContain('Meanwhile: stall(cache).');
    expect(readiness.because).toMatch(/stall\(cache\) lasted from 1\.\d s to 3\.\d s/);
    expect(readiness).toMatchObject({ status: 'fail', metric: 'readiness' });
    expect(readiness.shown).toMatch(/^ready for \d\.\d s while its work failed$/);
    const liveness = stayLive(recording, 300);
    expect(liveness.status).toBe('fail');
    expect(liveness.because).toMatch(/GET \/live did not say in time that the app lives from .*stall\(cache\)/);
  });
});

describe('polls', () => {
  test('come on connections of their own, and wait for each other', async () => {
    let connections = 0;
    let requests = 0;
    let waiting = 0;
    let mostWaiting = 0;
    const server = createServer((_, response) => {
      requests++;
      waiting++;
      mostWaiting = Math.max(mostWaiting, waiting);
      // Slower than the polls come, once it has been asked a few times.
      setTimeout(() => response.writeHead(requests > 3 ? 503 : 204).end(() => waiting--), requests > 3 ? 500 : 0);
    });
    server.on('connection', () => connections++);
    const url = await listening(server);
    const zero = now();
    const poller = new HealthPoller({ url, health: { live: undefined, ready: '/ready' } });
    await expect.poll(() => poller.since(zero)[0]?.answers ?? [], { timeout: 5_000 }).toContain(503);
    hold(300);
    await expect.poll(() => requests, { timeout: 5_000 }).toBeGreaterThanOrEqual(5);
    poller.stop();
    const asked = requests;
    const [polls] = poller.since(zero);
    expect(polls).toMatchObject({ kind: 'ready', path: '/ready', timeout: 1_000 });
    expect(polls?.answers.slice(0, 4)).toEqual([204, 204, 204, 503]);
    expect(polls?.stalls.some(([from, to]) => to - from >= 250)).toBe(true);
    await sleep(300);
    expect([mostWaiting, connections, requests]).toEqual([1, asked, asked]);
  });

  test("that nobody answers are given up, those of the run's end unfinished, and refused ones told", async () => {
    const silent = createServer(() => {});
    const url = await listening(silent);
    const health = { live: '/live', ready: '/ready' } as const;
    const zero = now();
    const poller = new HealthPoller({ url, health });
    const answers = (of: HealthPoller) => of.since(zero).map((polls) => polls.answers);
    await expect.poll(() => answers(poller)[1]?.[0], { timeout: 5_000 }).toBe('timeout');
    poller.stop();
    // Liveness waits for two seconds.
    await expect.poll(() => answers(poller)[0]?.at(-1)).toBe('unfinished');
    closed(silent);
    const refused = new HealthPoller({ url, health });
    await expect.poll(() => answers(refused).map(([first]) => first)).toEqual(['refused', 'refused']);
    refused.stop();
    expect(refused.since(now() + 60_000)[0]?.at).toEqual([]);
  });

  test('of an app that names no path do not happen', () => {
    const poller = new HealthPoller({ url: 'http://127.0.0.1:1', health: { live: undefined, ready: undefined } });
    poller.stop();
    expect(poller.since(0)).toEqual([]);
  });
});

/** Starts a server on a free port. Its origin. */
async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => closed(server));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function closed(server: Server): void {
  server.closeAllConnections();
  server.close();
}

/** Keeps this process busy, so that it hears nothing. */
function hold(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end; );
}
