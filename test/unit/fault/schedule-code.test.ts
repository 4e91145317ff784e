import { compileFunction } from 'node:vm';
import { describe, expect, it } from 'vitest';
import type { Fault } from '../../../src/fault/fault.ts';
import * as breakingPoint from '../../../src/index.ts';

const nothing = async () => undefined;

/** A service, or an app, that every fault takes; none is ever brought about. */
function subject(kind: 'postgres' | 'redis' | 'tcp' | 'app') {
  const server = {
    kill: nothing,
    stop: nothing,
    start: nothing,
    readyToServe: nothing,
    pause: nothing,
    resume: nothing,
  };
  if (kind === 'app') return { ...server, name: 'app', state: 'runs', fetch: nothing };
  return {
    ...server,
    ...{ name: kind, kind, sight: nothing, connections: nothing, transfer: nothing },
    ...{ query: nothing, command: nothing, wire: {} },
    proxy: { host: '127.0.0.1', port: 1, ours: true },
  };
}

const scope = {
  ...breakingPoint,
  ...{ postgres: subject('postgres'), redis: subject('redis'), kafka: { ...subject('tcp'), name: 'kafka' } },
  app: subject('app'),
};

const read = (code: string): Fault => compileFunction(`return ${code}`, Object.keys(scope))(...Object.values(scope));

describe('the code of a fault makes the same fault again', () => {
  it.each([
    'refuse(redis)',
    'hangUp(kafka)',
    'blackhole(postgres)',
    "latency(redis, '50ms')",
    "latency(redis, 1500, '20ms')",
    "bandwidth(redis, '50KB')",
    "slowClose(redis, '2s')",
    'reset(redis)',
    'reset(redis, { afterBytes: 100 })',
    "reset(redis, { afterBytes: '2KB' })",
    "flapping(redis, { times: 3, down: '400ms', up: '100ms' })",
    "flapping(redis, { down: '400ms', up: '100ms' })",
    'crash(postgres)',
    "crash(postgres, { startUp: '5s' })",
    "restart(app, { startUp: '5s' })",
    'crash(app)',
    'pause(redis)',
    "slow(redis, { to: '7%' })",
    'slow(app, { to: 0.5 })',
    'exhaustConnections(postgres)',
    "exhaustConnections(postgres, { leave: 2, existing: 'cut' })",
    "lockTable(postgres, 'orders')",
    "lockTable(postgres, '\"Orders\"', { mode: 'share' })",
    "lockRows(postgres, 'select from orders where sku = $1 for update', ['it\\'s'])",
    "lockRows(postgres, 'select from orders where id = any($1) or day = $2 or mark = $3 for update', [[10n, null], new Date('1970-01-01T00:00:00.000Z'), Buffer.from('00ff', 'hex')])",
    "lockRows(postgres, 'select from orders where a = $1 and b = $2 for update', [undefined, 1])",
    'terminateBackends(postgres)',
    "terminateBackends(postgres, { every: '300ms' })",
    "readOnly(postgres, { existing: 'cut' })",
    'slowStatements(postgres, { matching: /insert into "orders"/i, by: \'500ms\' })',
    "slowCommands(redis, { matching: 'brpoplpush', by: '1s' })",
    "pauseClients(redis, { mode: 'write' })",
    'outOfMemory(redis)',
    'crash(redis, { emptied: true })',
  ])('%s', (code) => {
    const fault = read(code);
    const again = read(fault.code ?? fault.name);
    if (!code.includes('undefined')) expect(fault.code ?? '').not.toContain('undefined');
    if (code.startsWith('lockRows')) expect(fault.code).toBe(code);
    expect(again.name).toBe(fault.name);
    expect(again.code).toBe(fault.code);
    expect(again.kind).toBe(fault.kind);
    expect(again.patience).toBe(fault.patience);
    // Options that the name leaves out are in the code.
    if (code.includes("'20ms'")) expect(fault.code).toContain("'20ms'");
  });
});

it.each([
  "select from stock where name = 'a  b' for update",
  'select from stock -- all of it\nfor update',
  'select from "two  words" for update',
])('of locked rows says them as they were given where a space more or less would be another statement: %j', (text) => {
  const { code } = read(`lockRows(postgres, ${JSON.stringify(text)})`);
  expect(compileFunction(`return ${code}`, ['postgres', 'lockRows'])('', (_: string, given: string) => given)).toBe(
    text,
  );
});

it('of locked rows is one line where it may be', () => {
  expect(read('lockRows(postgres, "select from stock\\n  for update")').code).toBe(
    "lockRows(postgres, 'select from stock for update')",
  );
});
