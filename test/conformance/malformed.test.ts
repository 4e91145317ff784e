import { describe, expect, test } from 'vitest';
import { parts, sendRaw } from './raw-http.ts';
import './subject.ts';

describe('what is no proper HTTP', () => {
  test.each([
    ['no HTTP at all', 'garbage\r\n\r\n', '400 Bad Request'],
    ['a broken escape', 'GET /proxies/%zz HTTP/1.1\r\nHost: x\r\n\r\n', '400 Bad Request'],
    ['a path without a slash', 'GET version HTTP/1.1\r\nHost: x\r\n\r\n', '400 Bad Request'],
    ['a space in the path', 'GET /a b HTTP/1.1\r\nHost: x\r\n\r\n', '400 Bad Request'],
    ['a control character', 'GET /\x7f HTTP/1.1\r\nHost: x\r\n\r\n', '400 Bad Request'],
    ['two hosts', 'GET /version HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', '400 Bad Request'],
    ['no host', 'GET /version HTTP/1.1\r\n\r\n', '400 Bad Request: missing required Host header'],
    ['a broken host', 'GET /version HTTP/1.1\r\nHost: a b\r\n\r\n', '400 Bad Request: malformed Host header'],
    ['a line without a colon', 'GET /version HTTP/1.1\r\nHost: x\r\nbad\r\n\r\n', '400 Bad Request'],
    ['a broken header', 'GET /version HTTP/1.1\r\nHost: x\r\na b: c\r\n\r\n', '400 Bad Request: invalid header name'],
    ['a broken length', 'POST /reset HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n', '400 Bad Request'],
    [
      'another version',
      'GET /version HTTP/2.0\r\nHost: x\r\n\r\n',
      '505 HTTP Version Not Supported: unsupported protocol version',
    ],
  ])('is refused with a reason and closed: %s', async (_, bytes, reason) => {
    const reply = await sendRaw(bytes);
    expect(reply).toEqual({
      text: `HTTP/1.1 ${reason}\nContent-Type: text/plain; charset=utf-8\nConnection: close\n\n${reason}`,
      closed: true,
    });
  });

  test('is answered otherwise where there are words for it', async () => {
    const encoding = await sendRaw('POST /reset HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: foo\r\n\r\n');
    expect(parts(encoding)).toMatchObject({
      status: 'HTTP/1.1 501 Not Implemented',
      body: 'Unsupported transfer encoding',
    });
    const expectation = await sendRaw('GET /version HTTP/1.1\r\nHost: x\r\nExpect: foo\r\n\r\n');
    expect(parts(expectation)).toEqual({
      status: 'HTTP/1.1 417 Expectation Failed',
      headers: ['Connection: close', 'Content-Length: 0'],
      body: '',
    });
    const method = await sendRaw('BREW /version HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(method.text).toMatch(/^HTTP\/1\.1 405 Method Not Allowed\nContent-Length: 0\n/);
  });

  test('headers of 900 kB are taken, of more than 1 MiB not', async () => {
    const padded = (size: number) => `GET /version HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(size)}\r\n\r\n`;
    expect((await sendRaw(padded(900_000))).text).toContain('200 OK');
    expect((await sendRaw(padded(2 ** 20 + 9_000))).text).toContain('431 Request Header Fields Too Large');
  });

  test('a connection stays open for the next request and says so only to HTTP/1.0', async () => {
    const bare = await sendRaw('GET /version HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(bare.closed).toBe(false);
    expect(parts(bare).headers.map((header) => header.replace(/:.*/, ''))).toEqual([
      'Content-Length',
      'Content-Type',
      'X-Toxiproxy-Request-Id',
    ]);
    const last = await sendRaw('GET /version HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    expect(last.closed).toBe(true);
    expect(parts(last).headers).toContain('Connection: close');
    const two = 'GET /version HTTP/1.1\r\nHost: x\r\n\r\nGET /nope HTTP/1.1\r\nHost: x\r\n\r\n';
    expect((await sendRaw(two, /404 page not found/)).text).toContain('200 OK');
  });
});
