import { expect, test } from 'vitest';
import { wireFormat } from '../../../src/load/closed-loop/wire-format.ts';

const host = '127.0.0.1:8080';
const plain = { method: 'GET', path: '/orders?page=2', headers: [], body: null, okWhen: null };
const text = (request: typeof plain | object) => wireFormat({ ...plain, ...request }, host).toString('latin1');

test('a request without a body names the host and asks to keep the connection', () => {
  expect(text({})).toBe('GET /orders?page=2 HTTP/1.1\r\nhost: 127.0.0.1:8080\r\nconnection: keep-alive\r\n\r\n');
});

test('the length of a body is that of its bytes, not of its letters', () => {
  expect(text({ method: 'POST', path: '/', headers: ['x-kind', 'a'], body: 'né' })).toBe(
    'POST / HTTP/1.1\r\nx-kind: a\r\nhost: 127.0.0.1:8080\r\ncontent-length: 3\r\nconnection: keep-alive\r\n\r\nn\xc3\xa9',
  );
});

test.each([
  ['POST', null, true],
  ['PUT', '', true],
  ['PATCH', null, true],
  ['DELETE', null, false],
  ['GET', '', false],
])('a %s with body %j says that its length is 0: %s', (method, body, says) => {
  expect(text({ method, body }).includes('content-length: 0\r\n')).toBe(says);
});

test("a request's own host header is the only one", () => {
  expect(text({ headers: ['Host', 'shop.example'] })).toBe(
    'GET /orders?page=2 HTTP/1.1\r\nHost: shop.example\r\nconnection: keep-alive\r\n\r\n',
  );
});

test('a header is sent as Latin-1, each letter a byte', () => {
  expect(wireFormat({ ...plain, headers: ['x-name', 'é'] }, host).includes(Buffer.from([0x20, 0xe9, 0x0d]))).toBe(true);
});
