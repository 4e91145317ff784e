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

  test('in absolute form are taken by their path', async () => {
    expect((await sendRaw('GET http://host/version HTTP/1.1\r\nHost: host\r\n\r\n')).text).toContain('200 OK');
    expect((await sendRaw('OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n')).text).toBe(
      'HTTP/1.1 200 OK\nContent-Length: 0\n\n',
    );
  });
});
