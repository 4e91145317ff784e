import { ApiError, parseBody } from './body.ts';
import type { Proxies } from './proxies.ts';
import type { TcpProxy } from './proxy.ts';
import { changeToxic, createToxic, findToxic, listToxics } from './toxic-requests.ts';
import type { Toxic } from './toxics/toxic.ts';

/** The version of Toxiproxy whose API this is. */
const version = '2.12.0';

/** An answer as it goes out; without a `type` it has no body. */
export interface Answer {
  readonly status: number;
  readonly type?: string;
  readonly body?: string;
}

/** @param text the request's body @throws ApiError; Error for what the server could not do */
type Handler = (proxies: Proxies, text: string, proxy: string, toxic: string) => Answer | Promise<Answer>;

const json = (status: number, value: unknown): Answer => ({
  status,
  type: 'application/json',
  body: JSON.stringify(value),
});
const ok = (value: unknown): Answer => json(200, value);

const versionAnswer: Answer = {
  status: 200,
  type: 'application/json;charset=utf-8',
  body: `{"version": "${version}"}\n`,
};

const changeProxy: Handler = async (proxies, text, name) => {
  proxies.find(name);
  return ok(proxyJson(await proxies.change(name, parseBody(text))));
};

const updateToxic: Handler = (proxies, text, name, toxic) => {
  findToxic(proxies.find(name), toxic);
  return ok(toxicJson(changeToxic(proxies.find(name), toxic, parseBody(text))));
};

const routes: readonly { readonly path: RegExp; readonly methods: Readonly<Record<string, Handler>> }[] = [
  { path: /^\/version$/, methods: { GET: () => versionAnswer } },
  {
    path: /^\/reset$/,
    methods: {
      POST: async (proxies) => {
        await proxies.reset();
        return { status: 204 };
      },
    },
  },
  {
    path: /^\/proxies$/,
    methods: {
      GET: (proxies) => ok(Object.fromEntries(proxies.all().map((proxy) => [proxy.name, proxyJson(proxy)]))),
      POST: async (proxies, text) => json(201, proxyJson(await proxies.create(parseBody(text)))),
    },
  },
  {
    path: /^\/proxies\/([^/]+)$/,
    methods: {
      GET: (proxies, _, name) => ok(proxyJson(proxies.find(name))),
      POST: changeProxy,
      PATCH: changeProxy,
      DELETE: async (proxies, _, name) => {
        await proxies.remove(name);
        return { status: 204 };
      },
    },
  },
  {
    path: /^\/proxies\/([^/]+)\/toxics$/,
    methods: {
      GET: (proxies, _, name) => ok(listToxics(proxies.find(name)).map(toxicJson)),
      POST: (proxies, text, name) => {
        const proxy = proxies.find(name);
        return ok(toxicJson(createToxic(proxy, parseBody(text))));
      },
    },
  },
  {
    path: /^\/proxies\/([^/]+)\/toxics\/([^/]+)$/,
    methods: {
      GET: (proxies, _, name, toxic) => ok(toxicJson(findToxic(proxies.find(name), toxic))),
      POST: updateToxic,
      PATCH: updateToxic,
      DELETE: (proxies, _, name, toxic) => {
        const proxy = proxies.find(name);
        proxy.removeToxic(findToxic(proxy, toxic));
        return { status: 204 };
      },
    },
  },
];

/**
 * What answers a request: to be called with the server's proxies and the request's body. For a request that no route
 * takes, the answer itself.
 * @param url the path as in the request line
 */
export function route(
  method: string,
  url: string,
): Answer | ((proxies: Proxies, text: string) => Answer | Promise<Answer>) {
  const path = decodedPath(url);
  if (path === undefined) return plain(400, '400 Bad Request');
  for (const { path: pattern, methods } of routes) {
    const match = pattern.exec(path);
    if (!match) continue;
    const handler = Object.hasOwn(methods, method) ? methods[method] : undefined;
    if (!handler) return { status: 405 };
    return (proxies, text) => handler(proxies, text, match[1] ?? '', match[2] ?? '');
  }
  return plain(404, '404 page not found\n');
}

/** The answer to a request that failed. */
export function refusal(error: unknown): Answer {
  const status = error instanceof ApiError ? error.status : 500;
  const text = error instanceof Error ? error.message : String(error);
  return plain(status, `${JSON.stringify({ error: text, status })}\n`);
}

/** An answer in plain text. */
export function plain(status: number, body: string): Answer {
  return { status, type: 'text/plain; charset=utf-8', body };
}

function decodedPath(url: string): string | undefined {
  try {
    return decodeURIComponent(url.replace(/[?#].*$/s, ''));
  } catch {
    // Only a broken escape (`%zz`) gets here, and `undefined` says so.
    return undefined;
  }
}

function proxyJson(proxy: TcpProxy): unknown {
  const { name, listen, upstream, enabled } = proxy;
  return { name, listen, upstream, enabled, toxics: listToxics(proxy).map(toxicJson) };
}

function toxicJson({ attributes, name, type, stream, toxicity }: Toxic): unknown {
  return { attributes, name, type: type.name, stream, toxicity };
}
