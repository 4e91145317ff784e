import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { judgeAnswer, KeptAnswer } from '../../../src/load/http/answer.ts';
import { classify, endingOf } from '../../../src/load/http/classify.ts';
import { JourneyLog } from '../../../src/load/journeys/journey-log.ts';
import type { Request } from '../../../src/load/load.ts';
import { mixed } from '../../../src/load/mixed.ts';
import { prepare } from '../../../src/load/requests/prepare.ts';
import { pointerPath, readValue } from '../../../src/load/requests/read-value.ts';
import { mergeColumns } from '../../../src/load/rows/merge-columns.ts';
import { mergeRows } from '../../../src/load/rows/row-columns.ts';
import { RowSpool } from '../../../src/load/rows/row-spool.ts';
import { Rows } from '../../../src/load/rows/rows.ts';
import { operationsOf } from '../../../src/recording/columns.ts';
import { recordingOf } from '../../../src/recording/literal.ts';

const prepared = (request: unknown) => prepare(request as Request, 'request({ n: 3 })');

function toldOf(request: Request, status: number, body: string) {
  const { request: sent } = prepared({ key: 'K', ...request });
  const answer = new KeptAnswer();
  answer.head(status, {});
  if (body !== '') answer.chunk(Buffer.from(body));
  const { verdict, read } = judgeAnswer({ kind: 'answered', status }, sent, answer);
  return [verdict.outcome, verdict.category, read];
}

test.each([
  ['', []],
  ['/status', ['status']],
  ['/items/0/a~1b~0c', ['items', '0', 'a/b~c']],
  ['/', ['']],
  ['status', undefined],
  ['/a~2', undefined],
])('the JSON pointer %j leads along %j', (pointer, path) => {
  expect(pointerPath(pointer)).toEqual(path);
});

test.each<[string, readonly string[], string | undefined]>([
  ['{"status":"paid"}', ['status'], 'paid'],
  ['{"items":[{"n":5}]}', ['items', '0', 'n'], '5'],
  ['{"done":false}', ['done'], 'false'],
  ['{"list":[1,"a"]}', ['list'], '[1,"a"]'],
  ['{"status":null}', ['status'], undefined],
  ['{"id":9007199254740993}', ['id'], '9007199254740993'],
  ['{"ids":[-9007199254740993,"9007199254740995"]}', ['ids', '0'], '-9007199254740993'],
  ['{"id":9007199254740991}', ['id'], '9007199254740991'],
  ['{"9007199254740993":0.30000000000000004}', ['9007199254740993'], '0.30000000000000004'],
  ['{"other":1}', ['status', 'deeper'], undefined],
  ['"text"', ['length'], undefined],
  ['{}', ['constructor'], undefined],
  ['not JSON', [], 'not JSON'],
  ['x'.repeat(2_000), [], 'x'.repeat(1_000)],
])('of %s at %j the value is %j', (body, path, value) => {
  expect(readValue(body, path)).toEqual({ there: true, value });
});

test('where a body is no JSON nothing can be read', () => {
  expect(readValue('<html>', ['status'])).toEqual({ there: false });
});

const read: Request = { path: '/orders/1', reads: '/status' };

test('a read tells its value, nothing for a null or a 404, and is no answer at all if it is empty or no JSON', () => {
  expect(toldOf(read, 200, '{"status":"paid"}')).toEqual(['ok', 'ok', 'paid']);
  expect(toldOf(read, 200, '{"status":null}')).toEqual(['ok', 'ok', undefined]);
  expect(toldOf(read, 404, '{"status":"none"}')).toEqual(['failed', '404', undefined]);
  expect(toldOf({ ...read, okWhen: [200, 404] }, 404, '{"status":"none"}')).toEqual(['ok', 'ok', undefined]);
  expect(toldOf(read, 200, '')).toEqual(['failed', 'empty', undefined]);
  expect(toldOf(read, 204, '')).toEqual(['failed', 'empty', undefined]);
  expect(toldOf(read, 200, '<html>')).toEqual(['failed', 'invalid', undefined]);
  expect(toldOf(read, 503, '')).toEqual(['failed', '503', undefined]);
});

test.each([
  ['gzip', gzipSync],
  ['deflate', deflateSync],
  ['br', brotliCompressSync],
  ['zstd', zstdCompressSync],
])('an answer that came as %s is read as what it says', (encoding, compressed) => {
  const answer = new KeptAnswer();
  answer.head(200, { 'content-encoding': encoding });
  const bytes = compressed(Buffer.from('{"status":"paid"}'));
  for (const chunk of [bytes.subarray(0, 5), bytes.subarray(5)]) answer.chunk(chunk);
  expect(judgeAnswer({ kind: 'answered', status: 200 }, prepared({ key: 'K', ...read }).request, answer).read).toBe(
    'paid',
  );
});

test('an answer that is not of the encoding that it names cannot be read, be it as a whole', () => {
  const answer = new KeptAnswer();
  answer.head(200, { 'content-encoding': 'gzip' });
  answer.chunk(Buffer.from('paid'));
  const whole = prepared({ key: 'K', path: '/orders/1', reads: '' }).request;
  expect(judgeAnswer({ kind: 'answered', status: 200 }, whole, answer).verdict.category).toBe('invalid');
});

test('an answer without a body is empty where one was asked for, and to a write nobody knows then', () => {
  const write: Request = { method: 'POST', path: '/orders', okWhen: { body: true } };
  expect(toldOf(write, 201, '{}')).toEqual(['ok', 'ok', undefined]);
  expect(toldOf(write, 201, '')).toEqual(['unknown', 'empty', undefined]);
  expect(toldOf({ ...write, okWhen: { status: [201], body: true } }, 200, '')).toEqual([
    'unknown',
    'invalid',
    undefined,
  ]);
  expect(toldOf({ method: 'POST', path: '/orders' }, 201, '')).toEqual(['ok', 'ok', undefined]);
});

test('a connection that was closed in good order before a byte came is empty; every other loss is a reset', () => {
  const coded = (code: string) => Object.assign(new Error(code), { code });
  expect(endingOf(coded('UND_ERR_SOCKET'), true, false)).toEqual({ kind: 'empty', sent: true });
  expect(endingOf(coded('UND_ERR_SOCKET'), true, true)).toEqual({ kind: 'reset', sent: true });
  expect(endingOf(coded('UND_ERR_SOCKET'), false, false)).toEqual({ kind: 'reset', sent: false });
  expect(endingOf(coded('ECONNRESET'), true, false)).toEqual({ kind: 'reset', sent: true });
  expect(classify({ kind: 'empty', sent: true }, 'POST', null)).toEqual({ outcome: 'unknown', category: 'empty' });
});

test('a request that reads says so, DELETE removes, and everything else writes', () => {
  expect(prepared({ path: '/o/1', key: '1', reads: '/a/b' })).toMatchObject({
    request: { reads: ['a', 'b'] },
    labels: { kind: 'read' },
  });
  expect(prepared({ method: 'DELETE', path: '/o/1', key: '1' }).labels.kind).toBe('remove');
  expect(prepared({ method: 'POST', path: '/o', key: '1', value: 'open' }).labels.kind).toBeUndefined();
  expect(prepared({ path: '/o', okWhen: { status: [200], body: true } }).request).toMatchObject({
    okWhen: [200],
    needsBody: true,
  });
});

test.each<[string, unknown, RegExp]>([
  ['reads without a pointer', { key: '1', reads: 'status' }, /reads must say where .* '\/status', .*; got 'status'/],
  ['reads as a list', { key: '1', reads: ['status'] }, /reads must say where/],
  ['reads without a key', { reads: '' }, /reads needs a key/],
  ['reads with a value', { key: '1', reads: '', value: 'x' }, /reads and value exclude each other.*got value 'x'/],
  ['reads of a HEAD', { method: 'HEAD', key: '1', reads: '' }, /an answer to HEAD has no body/],
  ['a body of a HEAD', { method: 'HEAD', okWhen: { body: true } }, /an answer to HEAD has no body/],
  ['okWhen that says nothing', { okWhen: {} }, /okWhen must be a list .* or \{ status: \[200\], body: true \}/],
  ['okWhen with a body of text', { okWhen: { body: 'yes' } }, /okWhen must be/],
  ['okWhen without a status', { okWhen: { status: [] } }, /okWhen must be/],
])('%s is refused', (_, request, message) => {
  expect(() => prepared({ path: '/orders/1', ...(request as object) })).toThrow(message);
});

test('what a generator read comes to the operations that read, beyond the end of a chunk of rows', () => {
  const rows = new Rows();
  const count = 10_000;
  const ok = { outcome: 'ok', category: 'ok' } as const;
  for (let n = 0; n < count; n++) {
    const row = rows.add(n, n, n);
    rows.read(row, n % 2 === 1 && n !== 9_999 ? `v${n}` : undefined);
    rows.end(row, n + 1, ok);
  }
  const spool = new RowSpool(1, (n) => ({
    key: String(n),
    name: n % 2 === 1 ? 'look' : 'put',
    value: n % 2 === 1 ? undefined : 'w',
    ...(n % 2 === 1 && { kind: 'read' }),
  }));
  spool.take(0, rows.columns());
  const operations = [...operationsOf(spool.columns())];
  expect(operations).toHaveLength(count);
  expect(operations[0]).toMatchObject({ name: 'put', value: 'w' });
  expect(operations[0]?.kind).toBeUndefined();
  expect(operations[8_193]).toMatchObject({ name: 'look', value: 'v8193', kind: 'read' });
  expect(operations[9_999]).toMatchObject({ kind: 'read', value: undefined });
});

test('errors that have a code each do not run into the codes of others', () => {
  const rows = new Rows();
  for (let n = 0; n < 70_000; n++) rows.end(rows.add(n, n, n), n, { outcome: 'unknown', category: `code ${n}` });
  rows.end(rows.add(0, 0, 0), 0, { outcome: 'unknown', category: 'timeout' });
  const { categories, category } = rows.columns();
  expect(categories[category.at(-1) as number]).toBe('timeout');
  expect(categories[category[3] as number]).toBe('code 3');
  expect(new Set(Array.from(category.subarray(1_000, -1), (code) => categories[code]))).toEqual(
    new Set(['other error']),
  );
});

test('of several processes each row keeps what it read', () => {
  const rowsOf = (...numbers: number[]) => {
    const rows = new Rows();
    for (const n of numbers) rows.read(rows.add(n, n, n), n === 2 ? 'two' : undefined);
    return rows.columns();
  };
  expect(mergeRows([[rowsOf(0, 2)], [rowsOf(1, 3)]]).read).toEqual([undefined, undefined, 'two', undefined]);
  expect(mergeRows([[rowsOf(0)], [rowsOf(1)]]).read).toBeUndefined();
});

test('where operations of one name read and write, those that read go by a name of their own', () => {
  const { columns } = recordingOf({
    operations: [
      { name: 'order' },
      { name: 'order', kind: 'read' },
      { name: 'order', kind: 'read' },
      { name: 'constructor' },
    ],
  });
  expect([...operationsOf(columns)].map(({ name, kind }) => [name, kind])).toEqual([
    ['order', undefined],
    ['order read', 'read'],
    ['order read', 'read'],
    ['constructor', undefined],
  ]);
  const both = mergeColumns([
    { columns: recordingOf({ operations: [{ name: 'GET /' }] }).columns, rename: () => 'orders' },
    {
      columns: recordingOf({ operations: [{ dueAt: 1, name: 'GET /', kind: 'read' }] }).columns,
      rename: () => 'orders',
    },
  ]);
  expect(both).toMatchObject({ names: ['orders', 'orders read'], kinds: { 'orders read': 'read' } });
});

test('the operations of journeys keep their names apart in all parts alike', () => {
  const log = new JourneyLog();
  for (const [n, kind] of (['write', 'read', 'read', 'write'] as const).entries()) {
    const row = log.begin(n, n, n, { key: 'K', value: undefined, name: 'order', kind });
    if (kind === 'read') log.about(row, { value: 'seen' });
    log.end(row, n + 1, { outcome: 'ok', category: 'ok' });
  }
  const operations = [...log.parts(2)].flatMap((part) => [...operationsOf(part)]);
  expect(operations.map(({ name, kind, value }) => [name, kind, value])).toEqual([
    ['order', undefined, undefined],
    ['order read', 'read', 'seen'],
    ['order read', 'read', 'seen'],
    ['order', undefined, undefined],
  ]);
});

test('a mix of requests keeps what each of them reads', () => {
  const request = mixed({
    weights: { look: 1 },
    requests: { look: ({ n }) => ({ path: `/${n}`, key: String(n), reads: '/v' }) },
  });
  expect(prepared(request({ n: 1, random: () => 0.5 })).labels).toEqual({
    key: '1',
    name: 'look',
    value: undefined,
    kind: 'read',
  });
});

test('of a long body only what is kept stays in memory', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const bodyOf = (n: number) => Buffer.alloc(256 * 1024, `body ${n} `).toString('utf8');
  collect();
  const before = process.memoryUsage().heapUsed;
  const kept = Array.from({ length: 256 }, (_, n) => readValue(bodyOf(n), []));
  collect();
  expect(kept.every((read) => read.there && read.value?.length === 1_000)).toBe(true);
  // 64 MB of bodies, of which 256 kB are kept.
  expect((process.memoryUsage().heapUsed - before) / 1e6).toBeLessThan(20);
});
