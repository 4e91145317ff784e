import { ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { Decoding } from '../../../src/proxy/json/decode.ts';
import { ToxicStage } from '../../../src/proxy/link/stage.ts';
import { Proxies } from '../../../src/proxy/proxies.ts';
import { TcpProxy } from '../../../src/proxy/proxy.ts';
import { toxicTypes } from '../../../src/proxy/toxics/index.ts';
import type { DataChunk, ToxicType } from '../../../src/proxy/toxics/toxic.ts';

/** A way in which our server could differ from Toxiproxy, and the files of the suite that have to see it. */
export interface Deviation {
  readonly file: string;
  /** Changes this process's server. */
  install(): void;
}

/** Replaces a method by one that is given the original. */
function wrap<T extends object, K extends keyof T>(object: T, key: K, replacement: (original: T[K]) => T[K]): void {
  object[key] = replacement(object[key]);
}

/** Changes a kind of toxic. */
function retype(name: string, change: (type: ToxicType) => Partial<ToxicType>): void {
  const type = toxicTypes.get(name);
  if (type) Object.assign(type, change(type));
}

/** Makes a toxic act as if an attribute had another value. */
function skew(name: string, attribute: string, changed: (value: number) => number): void {
  retype(name, (type) => {
    const run = type.run.bind(type);
    return {
      run: (pipe, attributes, random) => {
        const skewed = { ...attributes, [attribute]: changed(attributes[attribute] ?? 0) };
        return run(pipe, skewed, random);
      },
    };
  });
}

/** Changes every answer before it goes out: it may change headers and status, and gives the body. */
function reword(change: (response: ServerResponse, body: string) => string): void {
  wrap(ServerResponse.prototype, 'end', (end) => {
    return function (this: ServerResponse, body?: unknown) {
      const text = change(this, typeof body === 'string' ? body : '');
      if (this.hasHeader('Content-Length')) this.setHeader('Content-Length', Buffer.byteLength(text));
      return end.call(this, text, 'utf8');
    } as typeof end;
  });
}

/** Changes large chunks on their way through a toxic. */
function tamper(change: (chunk: DataChunk) => DataChunk[]): void {
  wrap(ToxicStage.prototype, 'push', (push) => {
    return function (this: ToxicStage, chunk: DataChunk) {
      for (const one of chunk.data.length > 1_000 ? change(chunk) : [chunk]) push.call(this, one);
    };
  });
}

/** Every deviation, by its name. */
export const deviations: Readonly<Record<string, Deviation>> = {
  'a created proxy is answered with 200': {
    file: 'http',
    install: () =>
      reword((response, body) => {
        if (response.statusCode === 201) response.statusCode = 200;
        return body;
      }),
  },
  'the field Logger is missing': { file: 'http', install: () => reword((_, body) => body.replace('"Logger":{},', '')) },
  'the error of an unknown toxic has other words': {
    file: 'http',
    install: () => reword((_, body) => body.replace('toxic not found', 'toxic unknown')),
  },
  'errors end without a newline': { file: 'http', install: () => reword((_, body) => body.trimEnd()) },
  'errors say that they are JSON': {
    file: 'http',
    install: () =>
      reword((response, body) => {
        if (response.statusCode >= 400 && body.startsWith('{')) response.setHeader('Content-Type', 'application/json');
        return body;
      }),
  },
  'requests have no id': {
    file: 'http',
    install: () =>
      reword((response, body) => {
        response.removeHeader('X-Toxiproxy-Request-Id');
        return body;
      }),
  },
  'a wrong method is told the right ones': {
    file: 'http',
    install: () =>
      reword((response, body) => {
        if (response.statusCode === 405) response.setHeader('Allow', 'GET');
        return body;
      }),
  },
  'a path that is not clean is a 404': {
    file: 'paths',
    install: () =>
      reword((response, body) => {
        if (response.statusCode === 301) response.statusCode = 404;
        return body;
      }),
  },
  'keys are told apart by case': {
    file: 'json',
    install: () =>
      wrap(Decoding.prototype, 'object', (object) => {
        return function (this: Decoding, value, type, names, fields, at) {
          const known = value.kind === 'object' ? value.members.filter(({ key }) => Object.hasOwn(fields, key)) : [];
          object.call(this, value.kind === 'object' ? { ...value, members: known } : value, type, names, fields, at);
        };
      }),
  },
  'toxicity has 64 bits': {
    file: 'json',
    install: () =>
      wrap(Decoding.prototype, 'float32', (float32) => {
        return function (this: Decoding, take) {
          const rounded = float32.call(this, () => {});
          return (value, place) => {
            rounded(value, place);
            if (value.kind === 'number') take(Number(value.digits));
          };
        };
      }),
  },
  'populate replaces equal proxies': {
    file: 'populate',
    install: () => wrap(TcpProxy.prototype, 'differs', () => () => Promise.resolve(true)),
  },
  'disabling forgets the toxics': {
    file: 'lifecycle',
    install: () =>
      wrap(TcpProxy.prototype, 'update', (update) => {
        return async function (this: TcpProxy, change) {
          await update.call(this, change);
          if (change.enabled === false) await this.removeToxics();
        };
      }),
  },
  'reset leaves the toxics': {
    file: 'lifecycle',
    install: () =>
      wrap(Proxies.prototype, 'reset', () => {
        return async function (this: Proxies) {
          for (const proxy of this.all()) await proxy.enable();
        };
      }),
  },
  'a stream can end alone': {
    file: 'links',
    install: () =>
      wrap(Socket.prototype, 'destroySoon', () => {
        return function (this: Socket) {
          this.end();
        };
      }),
  },
  'a slow reader is not waited for': {
    file: 'links',
    install: () => Object.defineProperty(Socket.prototype, 'writableNeedDrain', { get: () => false }),
  },
  'a byte is lost': {
    file: 'toxics/stacked',
    install: () => tamper((chunk) => [{ ...chunk, data: chunk.data.subarray(1) }]),
  },
  'a chunk is repeated': { file: 'toxics/stacked', install: () => tamper((chunk) => [chunk, { ...chunk }]) },
  'toxicity is not rolled again': {
    file: 'toxics/stacked',
    install: () =>
      wrap(TcpProxy.prototype, 'updateToxic', (updateToxic) => {
        return async function (this: TcpProxy, toxic) {
          if (toxic.toxicity === 0 || toxic.toxicity >= 1) await updateToxic.call(this, toxic);
        };
      }),
  },
  'a latency is 10 ms short': { file: 'toxics/latency', install: () => skew('latency', 'latency', (ms) => ms - 10) },
  'a bandwidth is twice as wide': {
    file: 'toxics/bandwidth',
    install: () => skew('bandwidth', 'rate', (rate) => 2 * rate),
  },
  'a limit lets one byte more through': {
    file: 'toxics/limit-data',
    install: () => skew('limit_data', 'bytes', (bytes) => bytes + 1),
  },
  'slices are larger': { file: 'toxics/slicer', install: () => skew('slicer', 'average_size', (size) => 2 * size) },
  'an end is not held back': { file: 'toxics/slow-close', install: () => skew('slow_close', 'delay', () => 0) },
  'a timeout that is removed leaves its connections': {
    file: 'toxics/timeout',
    install: () => retype('timeout', () => ({ closesWhenRemoved: false })),
  },
  'a reset is an ordinary end': {
    file: 'toxics/reset-peer',
    install: () => retype('reset_peer', () => ({ resetsConnections: false })),
  },
};
