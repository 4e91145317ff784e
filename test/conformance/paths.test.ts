import { describe, expect, test } from 'vitest';
import { api, asked } from './api.ts';
import { freshName } from './proxied.ts';
import { parts, sendRaw } from './raw-http.ts';
import './subject.ts';

describe('paths', () => {
  test('are decoded before they are looked up, without their query', async () => {
    const name = freshName('my db?');
    await asked(201, 'POST', '/proxies', { name, upstream: 'u:1', enabled: false });
    expect(await asked(200, 'GET', `/proxies%2F${encodeURIComponent(name)}?x=%zz`)).toMatchObject({ name });
  });

  test('a proxy with a slash in its name can be made and listed, not reached', async () => {
    const name = freshName('a/b');
    await asked(201, 'POST', '/proxies', { name, upstream: 'u:1', enabled: false });
    expect((await api('GET', '/proxies')).text).toContain(`"${name}":`);
    expect(await api('GET', `/proxies/${encodeURIComponent(name)}`)).toMatchObject({ status: 404 });
  });

  test.each([
    ['//proxies', '/proxies'],
    ['/proxies//', '/proxies/'],
    ['/./version', '/version'],
    ['/%2E/version', '/version'],
    ['/proxies/../version?x=1&y=%20', '/version?x=1&y=%20'],
    ['/proxies/a%2F..%2Fb', '/proxies/b'],
    ['//caf%C3%A9/%C3%28?q=<>', '/caf%C3%A9/%C3%28?q=<>'],
    [`//a;b=c@:$&+,d!*()'|[]^<>"\``, '/a;b=c@:$&+,d%21%2A%28%29%27%7C%5B%5D%5E%3C%3E%22%60'],
    ['/..', '/'],
    ['//?', '/?'],
    ['http://host', 'http://host/'],
  ])('that are not clean are a bare 301: %s', async (path, location) => {
    for (const method of ['GET', 'POST']) {
      const reply = await sendRaw(`${method} ${path} HTTP/1.1\r\nHost: host\r\n\r\n`);
      expect(parts(reply)).toEqual({
        status: 'HTTP/1.1 301 Moved Permanently',
        headers: ['Content-Length: 0', `Location: ${location}`],
        body: '',
      });
    }
  });

  test('may hold raw bytes above ASCII, of UTF-8 or not, in every request of a connection', async () => {
    const name = freshName('café ');
    await asked(201, 'POST', '/proxies', { name, upstream: 'u:1', enabled: false });
    const raw = Buffer.from(`/proxies/${name.replace(' ', '%20')}`).toString('latin1');
    const change = '{"upstream":"u:2"}';
    const requests = [
      'GET /version?é HTTP/1.1\r\nHost: x\r\n\r\n',
      `GET ${raw} HTTP/1.1\r\nHost: x\r\n\r\n`,
      `POST ${raw} HTTP/1.1\r\nHost: x\r\nContent-Length: ${change.length}\r\n\r\n${change}`,
      `GET http://host${raw}/toxics HTTP/1.1\r\nHost: x\r\n\r\n`,
      'GET /proxies/caf\xe9 HTTP/1.1\r\nHost: x\r\n\r\n',
      'GET //caf\xc3\xa9 HTTP/1.1\r\nHost: x\r\n\r\n',
      `DELETE ${raw} HTTP/1.1\r\nHost: x\r\n\r\n`,
    ];
    const { text, closed } = await sendRaw(requests.join(''), / 204 No Content\r\n.*\r\n\r\n$/s);
    expect(text.match(/(?<=HTTP\/1\.1 )\d+/g)).toEqual(['200', '200', '200', '200', '404', '301', '204']);
    expect(text).toContain('Location: /caf%C3%A9\n');
    expect(text).toContain('"upstream":"u:2"');
    expect(closed).toBe(false);
  });

  test('that begin with a raw byte above ASCII are a 400', async () => {
    expect((await sendRaw('GET \xc3\xa9 HTTP/1.1\r\nHost: x\r\n\r\n')).text).toMatch(/^HTTP\/1\.1 400 Bad Request\n/);
  });

  test('in absolute form are taken by their path', async () => {
    expect((await sendRaw('GET http://host/version HTTP/1.1\r\nHost: host\r\n\r\n')).text).toContain('200 OK');
    expect((await sendRaw('OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n')).text).toBe(
      'HTTP/1.1 200 OK\nContent-Length: 0\n\n',
    );
  });
});
