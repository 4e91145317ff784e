import { describe, expect, test } from 'vitest';
import { api, asked } from './api.ts';
import { freshName, type ProxyJson, proxyTo, type ToxicJson } from './proxied.ts';
import { parts, sendRaw } from './raw-http.ts';
import './subject.ts';

const requestId = /^[0-9a-v]{20}$/;
const plainText = 'text/plain; charset=utf-8';

/** An answer's status, text and the headers that are a server's own. */
async function seen(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<object> {
  const reply = await api(method, path, body, headers);
  return {
    status: reply.status,
    text: reply.text,
    type: reply.headers.get('content-type'),
    options: reply.headers.get('x-content-type-options'),
    id: requestId.test(reply.headers.get('x-toxiproxy-request-id') ?? ''),
  };
}

const refused = (status: number, error: string) => ({
  status,
  text: `${JSON.stringify({ error, status })}\n`,
  type: plainText,
  options: 'nosniff',
  id: true,
});

const json = (status: number, text: unknown) => ({ status, text, type: 'application/json', options: null, id: true });

describe('proxies', () => {
  test('are created with 201, shown with 200 and deleted with 204', async () => {
    const name = freshName();
    const body = { name, upstream: '127.0.0.1:1', listen: '127.0.0.1:0' };
    const made = await api('POST', '/proxies', body);
    const { listen } = JSON.parse(made.text) as ProxyJson;
    expect(listen).toMatch(/^127\.0\.0\.1:[1-9]\d*$/);
    const text = `{"name":"${name}","listen":"${listen}","upstream":"127.0.0.1:1","enabled":true,"Logger":{},"toxics":[]}`;
    expect(made).toMatchObject({ status: 201, text });
    expect(made.headers.get('content-type')).toBe('application/json');
    expect(await seen('GET', `/proxies/${name}`)).toEqual(json(200, text));
    expect((await api('GET', '/proxies')).text).toContain(`"${name}":${text}`);
    const gone = { status: 204, text: '', type: null, options: null, id: true };
    expect(await seen('DELETE', `/proxies/${name}`)).toEqual(gone);
    expect(await seen('GET', `/proxies/${name}`)).toEqual(refused(404, 'proxy not found'));
  });

  test('are listed in the order of their names, whatever the order of creation', async () => {
    const names = ['z', 'a', 'Z', 'é', '\u{1f600}', '\uffee'].map((prefix) => freshName(prefix));
    for (const name of names) await asked(201, 'POST', '/proxies', { name, upstream: 'u:1', enabled: false });
    const { text } = await api('GET', '/proxies');
    const inBytes = [...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    const found = inBytes.map((name) => text.indexOf(`"${name}":{`));
    expect(found).toEqual([...found].sort((a, b) => a - b));
    expect(found).not.toContain(-1);
  });

  test.each([
    ['no name', { upstream: 'u:1' }, 400, 'missing required field: name'],
    ['an empty name', { name: '', upstream: 'u:1' }, 400, 'missing required field: name'],
    ['no upstream', { name: 'x' }, 400, 'missing required field: upstream'],
    ['an empty upstream', { name: 'x', upstream: '' }, 400, 'missing required field: upstream'],
    ['neither', {}, 400, 'missing required field: name'],
  ])('are refused with %s', async (_, body, status, error) => {
    expect(await seen('POST', '/proxies', body)).toEqual(refused(status, error));
  });

  test('are refused by a name that is taken, before their listen is looked at', async () => {
    const { name } = await proxyTo('u:1');
    const second = { name, upstream: 'u:1', listen: 'nonsense' };
    expect(await seen('POST', '/proxies', second)).toEqual(refused(409, 'proxy already exists'));
  });

  test('keep what an update leaves out, and their name, by POST and by PATCH', async () => {
    const proxy = await proxyTo('u:1', { enabled: false, listen: 'any text' });
    await proxy.change({ listen: '127.0.0.1:5' });
    for (const method of ['POST', 'PATCH']) {
      const text = `{"name":"${proxy.name}","listen":"127.0.0.1:5","upstream":"v:2","enabled":false,"Logger":{},"toxics":[]}`;
      expect(await seen(method, proxy.path, { name: 'other', upstream: 'v:2' })).toEqual(json(200, text));
    }
    expect((await proxy.change({ upstream: '' })).upstream).toBe('');
    expect(await seen('PATCH', proxy.path, { name: 5 })).toMatchObject({ status: 400 });
    expect(await seen('PATCH', '/proxies/none', '{')).toEqual(refused(404, 'proxy not found'));
  });

  test.each(['GET', 'DELETE', 'PATCH', 'POST'])('that are unknown are a 404 to %s', async (method) => {
    const body = method.startsWith('P') ? {} : undefined;
    expect(await seen(method, '/proxies/none', body)).toEqual(refused(404, 'proxy not found'));
  });
});

describe('toxics', () => {
  test('are created, shown, listed, changed with 200 and deleted with 204', async () => {
    const { path } = await proxyTo('u:1');
    const text = (latency: number) =>
      `{"attributes":{"latency":${latency},"jitter":0},"name":"slow","type":"latency","stream":"upstream","toxicity":1}`;
    const order = { name: 'slow', type: 'latency', stream: 'upstream', attributes: { latency: 5 } };
    expect(await seen('POST', `${path}/toxics`, order)).toEqual(json(200, text(5)));
    expect(await seen('GET', `${path}/toxics/slow`)).toEqual(json(200, text(5)));
    expect(await seen('GET', `${path}/toxics`)).toEqual(json(200, `[${text(5)}]`));
    for (const [method, latency] of [
      ['POST', 6],
      ['PATCH', 7],
    ] as const) {
      expect(await seen(method, `${path}/toxics/slow`, { attributes: { latency } })).toEqual(json(200, text(latency)));
    }
    expect((await api('GET', path)).text).toContain(`"toxics":[${text(7)}]`);
    expect(await seen('DELETE', `${path}/toxics/slow`)).toMatchObject({ status: 204, text: '', type: null, id: true });
    expect(await seen('GET', `${path}/toxics`)).toEqual(json(200, '[]'));
  });

  test.each([
    ['bandwidth', '{"rate":0}'],
    ['latency', '{"latency":0,"jitter":0}'],
    ['limit_data', '{"bytes":0}'],
    ['noop', '{}'],
    ['reset_peer', '{"timeout":0}'],
    ['slicer', '{"average_size":0,"size_variation":0,"delay":0}'],
    ['slow_close', '{"delay":0}'],
    ['timeout', '{"timeout":0}'],
  ])('of type %s have these attributes, zero unless given', async (type, attributes) => {
    const { path } = await proxyTo('u:1', { enabled: false });
    const text = `{"attributes":${attributes},"name":"${type}_downstream","type":"${type}","stream":"downstream","toxicity":1}`;
    expect(await seen('POST', `${path}/toxics`, { type })).toEqual(json(200, text));
    await asked(204, 'DELETE', `${path}/toxics/${type}_downstream`);
    expect(await seen('POST', `${path}/toxics`, { type, attributes: null })).toEqual(json(200, text));
  });

  test('are listed upstream first, each stream in order of addition, its word as it was given', async () => {
    const proxy = await proxyTo('u:1', { enabled: false });
    for (const [name, stream] of Object.entries({ a: 'downstream', b: 'UPstream', c: 'Downstream', d: 'upstream' })) {
      await proxy.add(stream, 'noop', {}, { name });
    }
    const list = await asked<ToxicJson[]>(200, 'GET', `${proxy.path}/toxics`);
    expect(list.map(({ name, stream }) => `${name} ${stream}`)).toEqual([
      'b UPstream',
      'd upstream',
      'a downstream',
      'c Downstream',
    ]);
    expect((await proxy.show()).toxics).toEqual(list);
    expect(await proxy.add('UPSTREAM', 'noop', {}, { name: '' })).toMatchObject({ name: 'noop_UPSTREAM' });
  });

  test.each([
    [{ stream: 'sideways', type: 'none' }, 400, 'stream was invalid, can be either upstream or downstream'],
    [{ stream: '', type: 'latency' }, 400, 'stream was invalid, can be either upstream or downstream'],
    [
      { stream: 'sideways', name: 'here', type: 'latency' },
      400,
      'stream was invalid, can be either upstream or downstream',
    ],
    [{ type: 'none', name: 'here' }, 400, 'invalid toxic type'],
    [{ type: 'Latency' }, 400, 'invalid toxic type'],
    [{}, 400, 'invalid toxic type'],
    [{ type: 'latency', name: 'here', attributes: { latency: 'x' } }, 409, 'toxic already exists'],
    [{ type: 'noop', name: 'here', stream: 'upstream' }, 409, 'toxic already exists'],
    [{ type: 'latency', name: '', stream: 'downstream' }, 409, 'toxic already exists'],
  ])('are refused when created from %j, in the order of the checks', async (body, status, error) => {
    const proxy = await proxyTo('u:1', { enabled: false });
    await proxy.add('downstream', 'latency', {}, { name: 'here' });
    await proxy.add('downstream', 'latency', {}, { name: '' });
    expect(await seen('POST', `${proxy.path}/toxics`, body)).toEqual(refused(status, error));
    expect((await proxy.show()).toxics).toHaveLength(2);
  });

  test('take only attributes and toxicity of an update, and merge the attributes', async () => {
    const proxy = await proxyTo('u:1', { enabled: false });
    await proxy.add('downstream', 'latency', { latency: 5, jitter: 2 }, { name: 'l' });
    const update = { name: 5, type: 'timeout', stream: 'upstream', toxicity: 0.5, attributes: { latency: 7 } };
    const after = {
      attributes: { latency: 7, jitter: 2 },
      name: 'l',
      type: 'latency',
      stream: 'downstream',
      toxicity: 0.5,
    };
    expect(await proxy.update('l', update)).toEqual(after);
    expect(await proxy.update('l', {})).toEqual(after);
    expect(await proxy.update('l', { attributes: null, toxicity: null })).toEqual(after);
  });

  test('keep every attribute that could be read of an update that is refused, and their toxicity', async () => {
    const proxy = await proxyTo('u:1', { enabled: false });
    await proxy.add('downstream', 'latency', {}, { name: 'l' });
    for (const text of ['{"latency":500,"jitter":"x"}', '{"jitter":"x","latency":500}']) {
      await proxy.update('l', { attributes: { latency: 1 } });
      const reply = await api('PATCH', `${proxy.path}/toxics/l`, `{"toxicity":0.5,"attributes":${text}}`);
      expect(reply.status).toBe(400);
      const after = await asked(200, 'GET', `${proxy.path}/toxics/l`);
      expect(after).toMatchObject({ toxicity: 1, attributes: { latency: 500, jitter: 0 } });
    }
  });

  test.each([
    ['GET', '/toxics', 'proxy not found'],
    ['POST', '/toxics', 'proxy not found'],
    ['GET', '/toxics/none', 'proxy not found'],
    ['PATCH', '/toxics/none', 'proxy not found'],
    ['DELETE', '/toxics/none', 'proxy not found'],
  ])('are 404 under an unknown proxy: %s %s', async (method, path, error) => {
    expect(await seen(method, `/proxies/none${path}`, method === 'GET' ? undefined : '{')).toEqual(refused(404, error));
  });

  test.each(['GET', 'POST', 'PATCH', 'DELETE'])('that are unknown are 404 to %s', async (method) => {
    const { path } = await proxyTo('u:1', { enabled: false });
    const body = method === 'GET' ? undefined : '{';
    expect(await seen(method, `${path}/toxics/none`, body)).toEqual(refused(404, 'toxic not found'));
  });
});

describe('other routes', () => {
  test('GET /version', async () => {
    const reply = await api('GET', '/version');
    // A binary that was built by `go install` does not know its number.
    expect(reply.text).toMatch(/^\{"version": "(2\.12\.0|git)"\}\n$/);
    expect(reply.headers.get('content-type')).toBe('application/json;charset=utf-8');
    expect(reply.status).toBe(200);
  });

  test('POST /reset is an empty 204', async () => {
    expect(await seen('POST', '/reset')).toEqual({ status: 204, text: '', type: null, options: null, id: true });
  });

  test.each([
    '/',
    '/metrics',
    '/proxies/',
    '/Proxies',
    '/proxies/a/b',
    '/proxies/a/toxics/',
    '/proxies/a%2Fb',
    '/version%3F',
  ])('an unknown path is a plain 404 to every method: %s', async (path) => {
    const plain = { status: 404, text: '404 page not found\n', type: plainText, options: 'nosniff', id: false };
    for (const method of ['GET', 'POST', 'PUT']) expect(await seen(method, path)).toEqual(plain);
  });

  test.each([
    ['/proxies', ['PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']],
    ['/proxies/x', ['PUT', 'HEAD', 'OPTIONS']],
    ['/proxies/x/toxics', ['PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']],
    ['/proxies/x/toxics/y', ['PUT', 'HEAD', 'OPTIONS']],
    ['/populate', ['GET', 'PUT', 'HEAD', 'OPTIONS']],
    ['/reset', ['GET', 'PUT', 'DELETE', 'HEAD', 'OPTIONS']],
    ['/version', ['POST', 'PUT', 'HEAD', 'OPTIONS']],
  ])('%s refuses other methods with an empty 405', async (path, methods) => {
    for (const method of methods) {
      const reply = await api(method, path);
      expect(reply).toMatchObject({ status: 405, text: '' });
      for (const header of ['allow', 'content-type', 'x-toxiproxy-request-id']) {
        expect(reply.headers.get(header)).toBeNull();
      }
    }
  });

  test('a browser is refused on known routes only, by the beginning of its user agent', async () => {
    const browser = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64)' };
    const forbidden = { status: 403, text: 'User agent not allowed\n', type: plainText, options: 'nosniff', id: true };
    for (const path of ['/proxies', '/version', '/proxies/none', '/proxies/none/toxics']) {
      expect(await seen('GET', path, undefined, browser)).toEqual(forbidden);
    }
    expect(await seen('POST', '/reset', undefined, browser)).toEqual(forbidden);
    expect(await seen('GET', '/nowhere', undefined, browser)).toMatchObject({ status: 404, id: false });
    expect(await seen('PUT', '/proxies', undefined, browser)).toMatchObject({ status: 405, id: false });
    for (const agent of ['mozilla/5.0', 'Mozilla', 'x Mozilla/5.0']) {
      expect(await seen('GET', '/version', undefined, { 'user-agent': agent })).toMatchObject({ status: 200 });
    }
  });

  test('each request has an id of its own', async () => {
    const ids = await Promise.all(
      Array.from({ length: 20 }, async () => (await api('GET', '/version')).headers.get('x-toxiproxy-request-id')),
    );
    expect(new Set(ids).size).toBe(20);
  });

  test('a body of up to 2048 bytes is sent with its length, a longer one in pieces', async () => {
    for (const [size, header] of [
      [2048, 'Content-Length: 2048'],
      [2049, 'Transfer-Encoding: chunked'],
    ] as const) {
      const { path } = await proxyTo('u:1', { enabled: false, listen: '' });
      const { length } = (await api('GET', path)).text;
      await asked(200, 'PATCH', path, { upstream: 'u'.repeat(size - length + 'u:1'.length) });
      const reply = await sendRaw(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`, /\}$|0\r\n\r\n$/);
      expect(parts(reply).headers).toContain(header);
    }
  });
});
