import { expect, test } from 'vitest';
import type { Request } from '../../../src/load/load.ts';
import { prepare } from '../../../src/load/requests/prepare.ts';

const prepared = (request: unknown) => prepare(request as Request, 'request({ n: 3 })');

test('a path alone is a GET without a body, named by method and path without the query', () => {
  expect(prepared({ path: '/orders?page=2' })).toEqual({
    request: { method: 'GET', path: '/orders?page=2', headers: [], body: null, okWhen: null },
    labels: { key: undefined, name: 'GET /orders', value: undefined },
  });
});

test('data becomes JSON with its content type, text stays as it is', () => {
  expect(prepared({ method: 'POST', path: '/', body: { n: 1 } }).request).toMatchObject({
    body: '{"n":1}',
    headers: ['content-type', 'application/json'],
  });
  expect(prepared({ method: 'POST', path: '/', body: 'n=1' }).request).toMatchObject({ body: 'n=1', headers: [] });
});

test('a content type that the request names is kept, however it is written', () => {
  const headers = { 'Content-Type': 'application/vnd.api+json' };
  expect(prepared({ method: 'POST', path: '/', body: {}, headers }).request.headers).toEqual([
    'Content-Type',
    'application/vnd.api+json',
  ]);
});

test('key, name, value and okWhen are handed on', () => {
  const { request, labels } = prepared({ path: '/a', key: 'K', name: 'read', value: 'V', okWhen: [200, 404] });
  expect(labels).toEqual({ key: 'K', name: 'read', value: 'V' });
  expect(request.okWhen).toEqual([200, 404]);
});

test.each([
  ['GET', 'look'],
  ['HEAD', 'look'],
  ['OPTIONS', 'look'],
  ['DELETE', 'remove'],
  ['POST', undefined],
  ['PUT', undefined],
  ['PATCH', undefined],
])('a %s with a key and no value: kind %s', (method, kind) => {
  expect(prepared({ method, path: '/a', key: 'K' }).labels.kind).toBe(kind);
  expect(prepared({ method, path: '/a', key: 'K', value: 'V' }).labels.kind).toBe(kind === 'look' ? undefined : kind);
  expect(prepared({ method, path: '/a' }).labels.kind).toBe(kind === 'look' ? undefined : kind);
});

const cyclic: { self?: unknown } = {};
cyclic.self = cyclic;

test.each<[string, unknown, RegExp]>([
  ['nothing', undefined, /request\(\{ n: 3 \}\) must return a request such as .*; got undefined/],
  ['a promise', Promise.resolve({ path: '/' }), /got a promise \(is the function async\?\)/],
  ['a path without its slash', { path: 'orders' }, /path must start with '\/' .*; got 'orders'/],
  ['no path', {}, /path must start with '\/' .*; got undefined/],
  ['a path with a space', { path: '/a b' }, /no spaces .*; got '\/a b'/],
  ['a path with a line break', { path: '/a\r\nx: y' }, /control characters/],
  ['a small method', { path: '/', method: 'get' }, /method must be one of GET, HEAD, .*; got 'get'/],
  ['okWhen as a number', { path: '/', okWhen: 200 }, /okWhen must be a list of HTTP statuses .*; got 200/],
  ['okWhen with text', { path: '/', okWhen: ['200'] }, /okWhen .*; got \['200'\]/],
  ['an empty okWhen', { path: '/', okWhen: [] }, /okWhen/],
  ['headers as a list', { path: '/', headers: ['a: b'] }, /headers must be an object .*; got \['a: b'\]/],
  ['a header that is a number', { path: '/', headers: { 'x-n': 5 } }, /header x-n must be text on one line; got 5/],
  ['a header of two lines', { path: '/', headers: { 'x-n': 'a\nb' } }, /header x-n must be text on one line/],
  ['a header name with a space', { path: '/', headers: { 'x n': 'a' } }, /'x n' is not a header name/],
  [
    'a header that the load sets',
    { path: '/', headers: { Connection: 'close' } },
    /Connection is set by the load itself/,
  ],
  ['a key that is a number', { path: '/', key: 7 }, /key must be text; got 7/],
  ['a body that is a function', { path: '/', body: () => 1 }, /body must be text or JSON data; got a function/],
  ['a body that holds itself', { path: '/', body: cyclic }, /body cannot be made JSON: .*circular/],
])('%s is an error that says so', (_, request, message) => {
  expect(() => prepared(request)).toThrow(message);
});
