import { countersOf } from '../counters.ts';
import { writeJson } from '../json/write.ts';
import type { Proxies } from '../proxies.ts';
import type { TcpProxy } from '../proxy.ts';
import type { Toxic } from '../toxics/toxic.ts';
import { type ApiAnswer, failure, jsonAnswer, plainAnswer, proxyText, toxicsText, toxicText } from './answer.ts';
import { ApiError } from './api-error.ts';
import { readTarget } from './path.ts';
import { readNewProxy, readProxies, readProxy, readProxyWithToxics } from './proxy-requests.ts';
import { changeToxic, createToxic, findToxic, readToxic } from './toxic-requests.ts';

/** The version of Toxiproxy whose API this is. */
const version = '2.12.0';

/** What a handler is told of a request. */
interface RouteRequest {
  readonly body: Buffer;
  /** The names in its path. */
  readonly proxy: string;
  readonly toxic: string;
}

/** @throws ApiError; Error for what the server could not do */
type Handler = (proxies: Proxies, request: RouteRequest) => ApiAnswer | Promise<ApiAnswer>;

const done: ApiAnswer = { status: 204 };

const versionAnswer: ApiAnswer = {
  status: 200,
  type: 'application/json;charset=utf-8',
  body: `{"version": "${version}"}\n`,
};

const listProxies: Handler = async (proxies) => {
  const members: string[] = [];
  const inOrder = proxies.all().sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
  for (const proxy of inOrder) members.push(`${writeJson(proxy.name)}:${await proxyText(proxy)}`);
  return jsonAnswer(200, `{${members.join()}}`);
};

const createProxy: Handler = async (proxies, { body }) => {
  return jsonAnswer(201, await proxyText(await proxies.create(readNewProxy(body))));
};

/** A route of our own: a Toxiproxy ignores the toxics of a new proxy. All or nothing. */
const createWithToxics: Handler = async (proxies, { body }) => {
  const { proxy, toxics: values } = readProxyWithToxics(body);
  const toxics: Toxic[] = [];
  for (const value of values) {
    try {
      toxics.push(readToxic(value, toxics));
    } catch (error) {
      const { error: text, status } = failure(error);
      throw new ApiError(status, `${text} at toxic ${toxics.length + 1}`);
    }
  }
  return jsonAnswer(201, await proxyText(await proxies.create(proxy, toxics)));
};

const populate: Handler = async (proxies, { body }) => {
  const made: TcpProxy[] = [];
  let failed: ReturnType<typeof failure> | undefined;
  try {
    for (const order of readProxies(body)) made.push(await proxies.createOrReplace(order));
  } catch (error) {
    failed = failure(error);
  }
  const texts: string[] = [];
  for (const proxy of made) texts.push(await proxyText(proxy));
  const list = `"proxies":${texts.length > 0 ? `[${texts.join()}]` : 'null'}`;
  return failed
    ? jsonAnswer(failed.status, `${writeJson(failed).slice(0, -1)},${list}}`)
    : jsonAnswer(201, `{${list}}`);
};

const changeProxy: Handler = async (proxies, { proxy: name, body }) => {
  const proxy = proxies.find(name);
  const { listen, upstream, enabled } = readProxy(body);
  await proxy.update({ listen, upstream, enabled });
  return jsonAnswer(200, await proxyText(proxy));
};

const updateToxic: Handler = (proxies, { proxy: name, toxic, body }) => {
  const proxy = proxies.find(name);
  return proxy.toxicTurns.take(async () => jsonAnswer(200, toxicText(await changeToxic(proxy, toxic, body))));
};

const routes: readonly { readonly path: RegExp; readonly methods: Readonly<Record<string, Handler>> }[] = [
  {
    path: /^\/reset$/,
    methods: { POST: (proxies) => proxies.reset().then(() => done) },
  },
  { path: /^\/proxies$/, methods: { GET: listProxies, POST: createProxy } },
  { path: /^\/populate$/, methods: { POST: populate } },
  {
    path: /^\/proxies\/([^/]+)$/,
    methods: {
      GET: async (proxies, { proxy }) => jsonAnswer(200, await proxyText(proxies.find(proxy))),
      POST: changeProxy,
      PATCH: changeProxy,
      DELETE: (proxies, { proxy }) => proxies.remove(proxy).then(() => done),
    },
  },
  {
    path: /^\/proxies\/([^/]+)\/toxics$/,
    methods: {
      GET: (proxies, { proxy: name }) => {
        const proxy = proxies.find(name);
        return proxy.toxicTurns.take(() => jsonAnswer(200, toxicsText(proxy)));
      },
      POST: (proxies, { proxy: name, body }) => {
        const proxy = proxies.find(name);
        return proxy.toxicTurns.take(async () => jsonAnswer(200, toxicText(await createToxic(proxy, body))));
      },
    },
  },
  {
    path: /^\/proxies\/([^/]+)\/toxics\/([^/]+)$/,
    methods: {
      GET: (proxies, { proxy: name, toxic }) => {
        const proxy = proxies.find(name);
        return proxy.toxicTurns.take(() => jsonAnswer(200, toxicText(findToxic(proxy, toxic))));
      },
      POST: updateToxic,
      PATCH: updateToxic,
      DELETE: (proxies, { proxy: name, toxic }) => {
        const proxy = proxies.find(name);
        return proxy.toxicTurns.take(async () => {
          await proxy.removeToxic(findToxic(proxy, toxic));
          return done;
        });
      },
    },
  },
  {
    path: /^\/proxies\/([^/]+)\/counters$/,
    methods: { GET: (proxies, { proxy }) => jsonAnswer(200, JSON.stringify(countersOf(proxies.find(proxy)))) },
  },
  {
    path: /^\/proxies\/([^/]+)\/hang$/,
    methods: {
      POST: (proxies, { proxy }) =>
        proxies
          .find(proxy)
          .hang()
          .then(() => done),
      DELETE: (proxies, { proxy }) =>
        proxies
          .find(proxy)
          .release()
          .then(() => done),
    },
  },
  { path: /^\/create$/, methods: { POST: createWithToxics } },
  { path: /^\/version$/, methods: { GET: () => versionAnswer } },
];

/**
 * What answers a request: to be called with the server's proxies and the request's body. For a request that no route
 * takes, the answer itself.
 * @param target as in the request line
 */
export function route(
  method: string,
  target: string,
): ApiAnswer | ((proxies: Proxies, body: Buffer) => Promise<ApiAnswer>) {
  const read = readTarget(target);
  if (!read) return plainAnswer(400, '400 Bad Request');
  if ('location' in read) return { status: 301, location: read.location };
  for (const { path, methods } of routes) {
    const match = path.exec(read.path);
    if (!match) continue;
    const handler = Object.hasOwn(methods, method) ? methods[method] : undefined;
    if (!handler) return { status: 405 };
    return async (proxies, body) => handler(proxies, { body, proxy: match[1] ?? '', toxic: match[2] ?? '' });
  }
  return plainAnswer(404, '404 page not found\n');
}
