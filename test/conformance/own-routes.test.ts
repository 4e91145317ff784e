import { describe, expect, test } from 'vitest';
import { ProxyClient } from '../../src/proxy/client.ts';
import { api } from './api.ts';
import { freshName } from './proxied.ts';
import { subject } from './subject.ts';

const isToxiproxy = process.env.TOXIPROXY_URL !== undefined;

// Our own routes are at paths that Toxiproxy does not have, so that whoever asks it is never answered by accident.
describe('a route of our own', () => {
  test.each([
    ['POST', '/create', 400],
    ['POST', '/proxies/none/hang', 404],
    ['DELETE', '/proxies/none/hang', 404],
    ['GET', '/proxies/none/counters', 404],
  ])('is unknown to a Toxiproxy, and answers in JSON here: %s %s', async (method, path, status) => {
    const { status: seen, text } = await api(method, path);
    if (isToxiproxy) expect({ seen, text }).toEqual({ seen: 404, text: '404 page not found\n' });
    else expect({ seen, ...(JSON.parse(text) as object) }).toMatchObject({ seen: status, status });
  });

  test('tells the client which of the two it drives', async () => {
    const proxies = new ProxyClient(subject.url);
    const proxy = await proxies.create(freshName(), '127.0.0.1:1');
    const hung = proxy.hang();
    if (isToxiproxy) await expect(hung).rejects.toThrow('is a Toxiproxy, which has no such fault');
    else await hung;
    await proxy.reset();
    await proxies.close();
  });
});
