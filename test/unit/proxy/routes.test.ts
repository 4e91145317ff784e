import { describe, expect, test } from 'vitest';
import { type ApiAnswer, refusal } from '../../../src/proxy/api/answer.ts';
import { route } from '../../../src/proxy/api/routes.ts';
import { Proxies } from '../../../src/proxy/proxies.ts';

type Api = (
  method: string,
  path: string,
  body?: unknown,
) => Promise<{ status: number; json: unknown; answer: ApiAnswer }>;

/** The API without HTTP; its proxies are created disabled, so no port is opened. */
function api(): Api {
  const proxies = new Proxies();
  return async (method, path, body) => {
    const handler = route(method, path);
    const text = typeof body === 'string' ? body : JSON.stringify(body ?? {});
    const answer =
      typeof handler === 'function'
        ? await Promise.resolve()
            .then(() => handler(proxies, Buffer.from(text)))
            .catch(refusal)
        : handler;
    const isJson = answer.body?.startsWith('{') || answer.body?.startsWith('[');
    return { status: answer.status, json: isJson ? JSON.parse(answer.body ?? '') : answer.body, answer };
  };
}

async function withProxy(): Promise<Api> {
  const call = api();
  await call('POST', '/proxies', { name: 'db', upstream: '127.0.0.1:1', listen: 'any text', enabled: false });
  return call;
}

describe('proxies', () => {
  test('are created, listed, read and deleted', async () => {
    const call = api();
    const db = { name: 'db', listen: 'any text', upstream: '127.0.0.1:1', enabled: false, Logger: {}, toxics: [] };
    expect(await call('GET', '/proxies')).toMatchObject({ status: 200, json: {} });
    expect(await call('POST', '/proxies', { ...db, toxics: undefined })).toMatchObject({ status: 201, json: db });
    expect(await call('GET', '/proxies')).toMatchObject({ status: 200, json: { db } });
    expect(await call('GET', '/proxies/db')).toMatchObject({ status: 200, json: db });
    expect(await call('DELETE', '/proxies/db')).toMatchObject({ status: 204, json: undefined });
    expect(await call('GET', '/proxies/db')).toMatchObject({
      status: 404,
      json: { error: 'proxy not found', status: 404 },
    });
  });

  test.each([
    [{ upstream: 'a:1' }, 400, 'missing required field: name'],
    [{ name: 'a' }, 400, 'missing required field: upstream'],
    [{}, 400, 'missing required field: name'],
    ['null', 400, 'missing required field: name'],
    [{ name: 'db', upstream: 'a:1' }, 409, 'proxy already exists'],
    ['', 400, 'bad request body: EOF'],
    ['[]', 400, 'bad request body: json: cannot unmarshal array into Go value of type toxiproxy.Proxy'],
    [
      { name: 5 },
      400,
      'bad request body: json: cannot unmarshal number into Go struct field Proxy.name of type string',
    ],
    [
      { name: 'x', upstream: 'a:1', enabled: 'no' },
      400,
      'bad request body: json: cannot unmarshal string into Go struct field Proxy.enabled of type bool',
    ],
    [{ name: 'x', upstream: 'a:1', listen: 'foo' }, 500, 'listen tcp: address foo: missing port in address'],
    [{ name: 'x', upstream: 'a:1', listen: '1:2:3' }, 500, 'listen tcp: address 1:2:3: too many colons in address'],
    [{ name: 'x', upstream: 'a:1', listen: 'h:99999' }, 500, 'listen tcp: address 99999: invalid port'],
    [{ name: 'x', upstream: 'a:1', listen: 'h:zz' }, 500, 'listen tcp: lookup tcp/zz: unknown port'],
  ])('are refused when created from %j', async (body, status, error) => {
    const call = await withProxy();
    expect(await call('POST', '/proxies', body)).toMatchObject({ status, json: { error, status } });
    expect(Object.keys((await call('GET', '/proxies')).json as object)).toEqual(['db']);
  });

  test('keep what an update leaves out, and their name', async () => {
    const call = await withProxy();
    await call('PATCH', '/proxies/db', { listen: '127.0.0.1:80' });
    expect(await call('POST', '/proxies/db', { name: 'other', upstream: 'b:2' })).toMatchObject({
      status: 200,
      json: { name: 'db', listen: '127.0.0.1:80', upstream: 'b:2', enabled: false },
    });
  });

  test('stay as they are when an update is refused', async () => {
    const call = await withProxy();
    expect(await call('PATCH', '/proxies/db', { listen: 'foo' })).toMatchObject({
      status: 500,
      json: { error: 'address foo: missing port in address' },
    });
    expect(await call('PATCH', '/proxies/db', { upstream: 5 })).toMatchObject({ status: 400 });
    expect(await call('PATCH', '/proxies/none', '{')).toMatchObject({ status: 404 });
    expect((await call('GET', '/proxies/db')).json).toMatchObject({ listen: 'any text', upstream: '127.0.0.1:1' });
  });
});

describe('toxics', () => {
  test('are downstream, for all connections, without attributes and named after that unless told', async () => {
    const call = await withProxy();
    expect(await call('POST', '/proxies/db/toxics', { type: 'latency' })).toMatchObject({
      status: 200,
      json: {
        attributes: { latency: 0, jitter: 0 },
        name: 'latency_downstream',
        type: 'latency',
        stream: 'downstream',
        toxicity: 1,
      },
    });
  });

  test('are listed upstream first', async () => {
    const call = await withProxy();
    for (const [name, stream] of Object.entries({ a: 'downstream', b: 'UPstream', c: 'downstream', d: 'upstream' })) {
      await call('POST', '/proxies/db/toxics', { type: 'timeout', name, stream });
    }
    const { json } = await call('GET', '/proxies/db/toxics');
    expect((json as { name: string; stream: string }[]).map(({ name, stream }) => [name, stream])).toEqual([
      ['b', 'UPstream'],
      ['d', 'upstream'],
      ['a', 'downstream'],
      ['c', 'downstream'],
    ]);
  });

  test.each([
    [{ stream: 'sideways', type: 'none' }, 400, 'stream was invalid, can be either upstream or downstream'],
    [{ stream: '', type: 'latency' }, 400, 'stream was invalid, can be either upstream or downstream'],
    [{ type: 'nonsense', name: 'here' }, 400, 'invalid toxic type'],
    [{}, 400, 'invalid toxic type'],
    [{ type: 'latency', name: 'here', attributes: { latency: 1.5 } }, 409, 'toxic already exists'],
    [{ type: 'latency', name: 'here', stream: 'upstream' }, 409, 'toxic already exists'],
    [
      { type: 'latency', attributes: { latency: 1.5 } },
      400,
      'bad request body: json: cannot unmarshal number 1.5 into Go struct field LatencyToxic.attributes.latency of type int64',
    ],
    [
      { type: 'latency', attributes: { latency: '1' } },
      400,
      'bad request body: json: cannot unmarshal string into Go struct field LatencyToxic.attributes.latency of type int64',
    ],
    [
      { type: 'none', attributes: 3 },
      400,
      'bad request body: json: cannot unmarshal number into Go struct field ToxicWrapper.attributes of type toxics.NoopToxic',
    ],
    [
      { type: 'timeout', toxicity: 'a' },
      400,
      'bad request body: json: cannot unmarshal string into Go struct field ToxicWrapper.toxicity of type float32',
    ],
  ])('are refused when created from %j', async (body, status, error) => {
    const call = await withProxy();
    await call('POST', '/proxies/db/toxics', { type: 'latency', name: 'here' });
    expect(await call('POST', '/proxies/db/toxics', body)).toMatchObject({ status, json: { error, status } });
    expect((await call('GET', '/proxies/db/toxics')).json).toHaveLength(1);
  });

  test('take no attributes from null, and none that they do not have', async () => {
    const call = await withProxy();
    expect((await call('POST', '/proxies/db/toxics', { type: 'timeout', attributes: null })).json).toMatchObject({
      attributes: { timeout: 0 },
    });
    const other = await call('POST', '/proxies/db/toxics', { type: 'noop', attributes: { latency: 5 } });
    expect(other.json).toMatchObject({ attributes: {} });
  });

  test('merge the attributes of an update and keep the rest', async () => {
    const call = await withProxy();
    await call('POST', '/proxies/db/toxics', { type: 'latency', name: 'l', attributes: { latency: 5, jitter: 2 } });
    const update = { name: 'x', type: 'timeout', stream: 'upstream', toxicity: 0.5, attributes: { latency: 7 } };
    for (const method of ['POST', 'PATCH']) {
      expect(await call(method, '/proxies/db/toxics/l', update)).toMatchObject({
        status: 200,
        json: {
          name: 'l',
          type: 'latency',
          stream: 'downstream',
          toxicity: 0.5,
          attributes: { latency: 7, jitter: 2 },
        },
      });
    }
  });

  test('keep the attributes that could be read of an update that is refused', async () => {
    const call = await withProxy();
    await call('POST', '/proxies/db/toxics', { type: 'latency', name: 'l' });
    const refused = { toxicity: 0.5, attributes: { latency: 500, jitter: 'x' } };
    expect(await call('PATCH', '/proxies/db/toxics/l', refused)).toMatchObject({ status: 400 });
    expect((await call('GET', '/proxies/db/toxics/l')).json).toMatchObject({
      toxicity: 1,
      attributes: { latency: 500, jitter: 0 },
    });
  });

  test('are 404 under an unknown proxy or name', async () => {
    const call = await withProxy();
    for (const [method, path, error] of [
      ['GET', '/proxies/none/toxics', 'proxy not found'],
      ['POST', '/proxies/none/toxics', 'proxy not found'],
      ['GET', '/proxies/db/toxics/none', 'toxic not found'],
      ['PATCH', '/proxies/db/toxics/none', 'toxic not found'],
      ['DELETE', '/proxies/db/toxics/none', 'toxic not found'],
      ['DELETE', '/proxies/none/toxics/none', 'proxy not found'],
    ] as const) {
      expect(await call(method, path)).toMatchObject({ status: 404, json: { error, status: 404 } });
    }
  });

  test('survive an update of the proxy and are removed one by one', async () => {
    const call = await withProxy();
    await call('POST', '/proxies/db/toxics', { type: 'latency' });
    await call('POST', '/proxies/db/toxics', { type: 'timeout' });
    await call('PATCH', '/proxies/db', { upstream: 'c:3' });
    expect(await call('DELETE', '/proxies/db/toxics/latency_downstream')).toMatchObject({ status: 204 });
    expect((await call('GET', '/proxies/db')).json).toMatchObject({ toxics: [{ name: 'timeout_downstream' }] });
  });
});

describe('paths', () => {
  test('answer with the version that the API is of', async () => {
    expect(await api()('GET', '/version')).toMatchObject({
      status: 200,
      answer: { type: 'application/json;charset=utf-8', body: '{"version": "2.12.0"}\n' },
    });
  });

  test.each(['/', '/metrics', '/proxies/', '/proxies/a%2Fb', '/proxies/a/b', '/constructor'])(
    'that are unknown are a plain 404: %s',
    async (path) => {
      expect((await api()('GET', path)).answer).toEqual({
        status: 404,
        type: 'text/plain; charset=utf-8',
        body: '404 page not found\n',
      });
    },
  );

  test.each([
    ['PUT', '/proxies/db'],
    ['POST', '/version'],
    ['HEAD', '/proxies'],
    ['GET', '/reset'],
    ['constructor', '/proxies'],
  ])('refuse a method that they do not have without a word: %s %s', async (method, path) => {
    expect((await api()(method, path)).answer).toEqual({ status: 405 });
  });

  test('are decoded before they are looked up, without their query', async () => {
    const call = api();
    await call('POST', '/proxies', { name: 'my db', upstream: 'a:1', enabled: false });
    expect(await call('GET', '/proxies%2Fmy%20db?x=1')).toMatchObject({ status: 200, json: { name: 'my db' } });
    expect(await call('GET', '/proxies/%zz')).toMatchObject({ status: 400, json: '400 Bad Request' });
  });
});
