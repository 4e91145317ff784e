import { execFile } from 'node:child_process';
import { expect, test } from 'vitest';
import { client, echo, upstream } from '../e2e/fixtures/tcp.ts';
import { api } from './api.ts';
import { freshName, type ProxyJson, portOf } from './proxied.ts';
import { subject } from './subject.ts';

/** Where toxiproxy-cli v2.12.0 is. Without it this file is not among the tests: see vitest.config.ts. */
const cli = process.env.TOXIPROXY_CLI ?? '';

/** Runs toxiproxy-cli on the server; gives all that it prints and its exit code. */
function toxiproxy(...args: string[]): Promise<{ said: string; code: number }> {
  return new Promise((resolve) => {
    execFile(cli, ['--host', subject.url, ...args], (error, stdout, stderr) => {
      resolve({ said: `${stdout}${stderr}`.trim(), code: typeof error?.code === 'number' ? error.code : 0 });
    });
  });
}

async function shown(name: string): Promise<ProxyJson> {
  return JSON.parse((await api('GET', `/proxies/${name}`)).text) as ProxyJson;
}

test('creates, lists, toggles and deletes a proxy that works', async () => {
  const to = await upstream(echo);
  const name = freshName();
  const create = ['create', '--listen', '127.0.0.1:0', '--upstream', to.address, name];
  expect(await toxiproxy(...create)).toEqual({ said: `Created new proxy ${name}`, code: 0 });
  const { listen } = await shown(name);
  const one = await client(portOf(listen));
  one.socket.write('x');
  await one.has(1);
  const { said } = await toxiproxy('list');
  expect(said.split('\n').map((line) => line.trim())).toContain(`${name}\t${listen}\t${to.address}\tenabled\t0`);
  expect(await toxiproxy('toggle', name)).toEqual({ said: `Proxy ${name} is now disabled`, code: 0 });
  await one.closed;
  expect(await toxiproxy('toggle', name)).toEqual({ said: `Proxy ${name} is now enabled`, code: 0 });
  expect(await shown(name)).toMatchObject({ listen, enabled: true });
  expect(await toxiproxy('delete', name)).toEqual({ said: `Deleted proxy ${name}`, code: 0 });
  expect(await api('GET', `/proxies/${name}`)).toMatchObject({ status: 404 });
});

test('adds, inspects, updates and removes a toxic', async () => {
  const name = freshName();
  await toxiproxy('create', '--listen', '127.0.0.1:0', '--upstream', '127.0.0.1:1', name);
  const add = ['toxic', 'add', '-t', 'latency', '-n', 'slow', '-a', 'latency=100', '-a', 'jitter=50'];
  expect(await toxiproxy(...add, '--upstream', '--toxicity', '0.5', name)).toEqual({
    said: `Added upstream latency toxic 'slow' on proxy '${name}'`,
    code: 0,
  });
  expect(await toxiproxy(...add.filter((arg) => arg !== '-n' && arg !== 'slow'), name)).toEqual({
    said: `Added downstream latency toxic 'latency_downstream' on proxy '${name}'`,
    code: 0,
  });
  expect(await toxiproxy('toxic', 'update', '-n', 'slow', '-a', 'jitter=25', name)).toEqual({
    said: `Updated toxic 'slow' on proxy '${name}'`,
    code: 0,
  });
  const { said } = await toxiproxy('inspect', name);
  expect(said.split('\n')).toEqual([
    'slow\ttype=latency\tstream=upstream\ttoxicity=1.00\tattributes=[\tjitter=25\tlatency=100\t]',
    'latency_downstream\ttype=latency\tstream=downstream\ttoxicity=1.00\tattributes=[\tjitter=50\tlatency=100\t]',
  ]);
  expect(await toxiproxy('toxic', 'remove', '-n', 'slow', name)).toEqual({
    said: `Removed toxic 'slow' on proxy '${name}'`,
    code: 0,
  });
  expect((await shown(name)).toxics).toHaveLength(1);
});

test('says what the server refuses', async () => {
  const name = freshName();
  const create = ['create', '--listen', '127.0.0.1:0', '--upstream', '127.0.0.1:1', name];
  await toxiproxy(...create);
  const failures: [string[], RegExp][] = [
    [create, /^Failed to create proxy: .*409.*proxy already exists/],
    [['inspect', 'nobody'], /^Failed to retrieve proxy nobody: .*404.*proxy not found/],
    [['toxic', 'add', '-t', 'nonsense', name], /^Failed to add toxic: .*400.*invalid toxic type/],
    [['toxic', 'add', '-t', 'latency', '-a', 'latency=x', name], /^Failed to add toxic: .*400.*bad request body: json/],
    [['toxic', 'update', '-n', 'none', '-a', 'latency=1', name], /^Failed to update toxic: .*404.*toxic not found/],
    [['toxic', 'remove', '-n', 'none', name], /^Failed to remove toxic: .*404.*toxic not found/],
  ];
  for (const [args, why] of failures) {
    expect(await toxiproxy(...args)).toEqual({ said: expect.stringMatching(why), code: 1 });
  }
});
