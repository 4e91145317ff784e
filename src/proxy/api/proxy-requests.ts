import { Decoding, type Field, type JsonPlace } from '../json/decode.ts';
import { readJson } from '../json/read.ts';
import type { JsonValue } from '../json/value.ts';
import { ApiError } from './api-error.ts';

/** The fields of a proxy that a request has; what is absent or null is `undefined`. */
export interface ProxyFields {
  name?: string;
  listen?: string;
  upstream?: string;
  enabled?: boolean;
}

/** What a request says about one proxy. @throws ApiError 400 */
export function readProxy(body: Buffer): ProxyFields {
  return proxyFields(readBody(body));
}

/** What a request for a new proxy says about it; name and upstream are checked. @throws ApiError 400 */
export function readNewProxy(body: Buffer): ProxyFields & { name: string; upstream: string } {
  return newProxy(proxyFields(readBody(body)));
}

/** What a request says about a new proxy and the toxics that it begins with. @throws ApiError 400, 409 */
export function readProxyWithToxics(body: Buffer): {
  readonly proxy: ProxyFields & { name: string; upstream: string };
  readonly toxics: readonly JsonValue[];
} {
  const value = readBody(body);
  const proxy = newProxy(proxyFields(value));
  const decoding = new Decoding();
  let toxics: readonly JsonValue[] = [];
  const list: Field = (given, place) => {
    if (given.kind === 'array') toxics = given.items;
    else if (given.kind !== 'null') decoding.refuse(given.kind, '[]toxics.ToxicWrapper', place);
  };
  decoding.object(value, 'toxiproxy.Proxy', { struct: 'Proxy', path: [] }, { toxics: list });
  refuseIfWrong(decoding);
  return { proxy, toxics };
}

function newProxy({ name, upstream, ...rest }: ProxyFields): ProxyFields & { name: string; upstream: string } {
  if (!name) throw new ApiError(400, 'missing required field: name');
  if (!upstream) throw new ApiError(400, 'missing required field: upstream');
  return { ...rest, name, upstream };
}

function proxyFields(value: JsonValue): ProxyFields {
  const decoding = new Decoding();
  const read: ProxyFields = {};
  const fields = { ...textFields(decoding, read), enabled: enabledField(decoding, read) };
  decoding.object(value, 'toxiproxy.Proxy', { struct: 'Proxy', path: [] }, fields);
  refuseIfWrong(decoding);
  return read;
}

// Go's own words for the types of a list of proxies and of one in it.
const itemType = 'struct { toxiproxy.Proxy; Enabled *bool "json:\\"enabled\\"" }';
const listType = `[]${itemType}`;

/** What a request says about many proxies; name and upstream of each are checked. @throws ApiError 400 */
export function readProxies(body: Buffer): (ProxyFields & { name: string; upstream: string })[] {
  const value = readBody(body);
  const decoding = new Decoding();
  const items = value.kind === 'array' ? value.items : [];
  if (value.kind !== 'array' && value.kind !== 'null') {
    decoding.refuse(value.kind, listType, { struct: '', path: [] });
  }
  const all = items.map((item) => readItem(decoding, item));
  refuseIfWrong(decoding);
  return all.map(({ name, upstream, ...rest }, index) => {
    if (!name) throw new ApiError(400, `missing required field: name at proxy ${index + 1}`);
    if (!upstream) throw new ApiError(400, `missing required field: upstream at proxy ${index + 1}`);
    return { ...rest, name, upstream };
  });
}

function readItem(decoding: Decoding, item: JsonValue): ProxyFields {
  const read: ProxyFields = {};
  // The fields of a proxy stand in a structure within the item's own, and errors name both.
  const inProxy = ([name, field]: [string, Field]): [string, Field] => [
    name,
    (value, { struct }: JsonPlace) => field(value, { struct, path: ['Proxy', name] }),
  ];
  const fields = {
    ...Object.fromEntries(Object.entries(textFields(decoding, read)).map(inProxy)),
    enabled: enabledField(decoding, read),
  };
  decoding.object(item, itemType, { struct: '', path: [] }, fields);
  return read;
}

function textFields(decoding: Decoding, read: ProxyFields): Record<string, Field> {
  return {
    name: decoding.string((value) => {
      read.name = value;
    }),
    listen: decoding.string((value) => {
      read.listen = value;
    }),
    upstream: decoding.string((value) => {
      read.upstream = value;
    }),
    // The logger of a Toxiproxy's proxy is a field of its JSON, an object without any.
    Logger: (value, place) => decoding.object(value, 'zerolog.Logger', place, {}, place),
  };
}

function enabledField(decoding: Decoding, read: ProxyFields): Field {
  return decoding.bool((value) => {
    read.enabled = value;
  });
}

/** The JSON value of a request. @throws ApiError 400 */
export function readBody(body: Buffer): JsonValue {
  try {
    return readJson(body);
  } catch (error) {
    throw new ApiError(400, `bad request body: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** @throws ApiError 400 for the first value that was of the wrong kind */
export function refuseIfWrong({ error }: Decoding): void {
  if (error !== undefined) throw new ApiError(400, `bad request body: ${error}`);
}
