import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { isAlive, waitUntilGone } from '../../dist/stack/machine/processes.js';
import { openStack, type ServiceDefinitions, type Stack } from '../../dist/stack/stack.js';
import type { Service, ServiceDefinition, StackHost } from '../../src/stack/service.ts';
import { drive, fixture } from './fixtures/drive.ts';
import { leftInTheEnd, leftOf } from './fixtures/left.ts';

// Side by side: each has a process and a stack of its own, and mostly waits.
describe('of a stack of Postgres, Redis and an app nothing is left', () => {
  test.concurrent.for(['SIGKILL', 'SIGINT', 'SIGTERM'] as const)('after %s', async (signal, { onTestFinished }) => {
    const driver = await drive(onTestFinished, fixture('stack-driver.ts'), 'wait');
    expect(driver.segment).toBeTypeOf('number');
    expect(leftOf(driver)).toHaveLength(driver.pids.length + 2);
    driver.child.kill(signal);
    expect(await leftInTheEnd(driver)).toEqual([]);
  });

  test.concurrent.for(['exit', 'close'])('after it ends by itself (%s)', async (end, { onTestFinished }) => {
    expect(await leftInTheEnd(await drive(onTestFinished, fixture('stack-driver.ts'), end))).toEqual([]);
  });

  test.concurrent('after SIGKILL to the process that forked it', async ({ onTestFinished }) => {
    const driver = await drive(onTestFinished, fixture('forker.ts'), fixture('stack-driver.ts'), 'wait');
    driver.child.kill('SIGKILL');
    expect(await leftInTheEnd({ ...driver, pids: [...driver.pids, driver.driver] })).toEqual([]);
  });
});

test('BREAKING_POINT_KEEP leaves the servers up, and says how to reach and how to end them', async ({
  onTestFinished,
}) => {
  const driver = await drive(onTestFinished, fixture('stack-driver.ts'), 'keep');
  const lines = [await driver.line(), await driver.line(), await driver.line(), await driver.line()];
  await waitUntilGone([driver.driver], 5_000);
  expect(lines[0]).toBe(`BREAKING_POINT_KEEP: the stack stays up in ${driver.folder}`);
  expect(lines[1]).toMatch(/^ {2}postgres: postgres:\/\/\S+ through the proxy, postgres:\/\/\S+ around it$/);
  const port = / through the proxy, redis:\/\/127\.0\.0\.1:(\d+)\S* around it$/.exec(lines[2] ?? '')?.[1];
  const socket = connect(Number(port), '127.0.0.1').end('PING\r\n');
  expect((await once(socket, 'data'))[0].toString()).toBe('+PONG\r\n');
  const reaper = Number(/^ {2}to end it: kill (\d+)$/.exec(lines[3] ?? '')?.[1]);
  expect(driver.pids).toContain(reaper);
  process.kill(reaper, 'SIGTERM');
  expect(await leftInTheEnd(driver)).toEqual([]);
});

/** A service without a server. */
const idle = (name: string): Service => ({ name, kind: 'fake', url: `fake://${name}` }) as Service;

/** A definition whose server is one process; `fresh` is called with how often the service was started. */
function fake(fresh: (starts: number) => void = () => {}) {
  const pids: number[] = [];
  const hosts: StackHost[] = [];
  const definition: ServiceDefinition = {
    kind: 'fake',
    start: async (name, host) => {
      hosts.push(host);
      await host.proxy(name, '127.0.0.1:9');
      const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
      const pid = child.pid ?? 0;
      host.track(pid);
      pids.push(pid);
      return {
        fresh: async () => {
          fresh(pids.length);
          return idle(name);
        },
        stop: async () => {
          child.kill('SIGKILL');
          await waitUntilGone([pid], 5_000);
        },
      };
    },
  };
  return { definition, pids, hosts };
}

async function opened<D extends ServiceDefinitions>(services: D): Promise<Stack<D>> {
  const stack = await openStack({ services });
  onTestFinished(() => stack.close());
  return stack;
}

test('a stack gives a fresh service of each name, and nothing after it was closed', async () => {
  const [first, second] = [fake(), fake()];
  const stack = await opened({ first: first.definition, second: second.definition });
  expect(await stack.fresh()).toMatchObject({ first: { url: 'fake://first' }, second: { url: 'fake://second' } });
  expect(stack.events).toEqual([]);
  await Promise.all([stack.close(), stack.close()]);
  expect([...first.pids, ...second.pids].filter(isAlive)).toEqual([]);
  expect(existsSync(stack.folder)).toBe(false);
  await expect(stack.fresh()).rejects.toThrow('the stack is closed');
});

test('a server that cannot give a fresh service is started anew, once and under the same name, and the events say so', async () => {
  const service = fake((starts) => {
    if (starts === 1) throw new Error('it is ill');
  });
  const stack = await opened({ broken: service.definition });
  expect(await stack.fresh()).toMatchObject({ broken: { url: 'fake://broken' } });
  expect(stack.events).toEqual(['broken: rebuilt, since it could not be made fresh: it is ill']);
  expect(service.pids.map(isAlive)).toEqual([false, true]);
  expect(new Set(service.hosts.map(({ folder }) => folder)).size).toBe(2);
  await stack.fresh();
  expect(stack.events).toEqual([]);
  expect(service.pids).toHaveLength(2);
});

test('a service that stays ill is an error that names it', async () => {
  const service = fake(() => {
    throw new Error('it is ill');
  });
  const stack = await opened({ broken: service.definition });
  await expect(stack.fresh()).rejects.toThrow(
    'service broken cannot be made fresh, not even after a new start: it is ill',
  );
});

test('services are renewed in the middle of a test at their addresses, and one that cannot be is an error that names it', async () => {
  let calls = 0;
  const service = fake(() => void calls++);
  const moving: ServiceDefinition = {
    ...service.definition,
    start: async (name, host) => {
      const server = await service.definition.start(name, host);
      return { ...server, fresh: async () => ({ ...(await server.fresh()), url: `fake://${calls}` }) };
    },
  };
  const stack = await opened({ still: fake().definition, moving });
  await stack.fresh();
  expect(stack.events).toEqual([]);
  await expect(stack.renew()).rejects.toThrow(
    'service moving cannot be reset in the middle of a test: fresh() gave it another url, and it has no renew()',
  );
  const renewed: string[] = [];
  const able: ServiceDefinition = {
    ...moving,
    start: async (name, host) => ({ ...(await moving.start(name, host)), renew: async () => void renewed.push(name) }),
  };
  const other = await opened({ still: fake().definition, able });
  await other.fresh();
  await other.renew();
  expect(renewed).toEqual(['able']);
});

test('when one service does not start the error names it, and nothing is left of the others', async () => {
  const healthy = fake();
  const broken: ServiceDefinition = { kind: 'fake', start: () => Promise.reject(new Error('no such file')) };
  await expect(openStack({ services: { healthy: healthy.definition, broken } })).rejects.toThrow(
    /^service broken did not start: no such file$/,
  );
  expect(healthy.pids.filter(isAlive)).toEqual([]);
  expect(existsSync(healthy.hosts[0]?.folder ?? '')).toBe(false);
});

test('a server that will not stop in order is ended all the same, and the error names it', async () => {
  const service = fake();
  const stubborn: ServiceDefinition = {
    ...service.definition,
    start: async (name, host) => ({
      ...(await service.definition.start(name, host)),
      stop: () => Promise.reject(new Error('not now')),
    }),
  };
  const stack = await openStack({ services: { stubborn } });
  await expect(stack.close()).rejects.toThrow('service stubborn did not stop in order: not now');
  expect(service.pids.filter(isAlive)).toEqual([]);
  expect(existsSync(stack.folder)).toBe(false);
});
