import { writeFloat32, writeJson } from '../json/write.ts';
import type { TcpProxy } from '../proxy.ts';
import type { Toxic } from '../toxics/toxic.ts';
import { ApiError } from './api-error.ts';
import { listToxics } from './toxic-requests.ts';

/** An answer as it goes out; without a `type` it has no body. */
export interface ApiAnswer {
  readonly status: number;
  readonly type?: string;
  readonly body?: string;
  /** Where a 301 sends the client. */
  readonly location?: string;
}

/** An answer whose body is JSON already. */
export function jsonAnswer(status: number, body: string): ApiAnswer {
  return { status, type: 'application/json', body };
}

/** An answer in plain text. */
export function plainAnswer(status: number, body: string): ApiAnswer {
  return { status, type: 'text/plain; charset=utf-8', body };
}

/** The answer to a request that failed. */
export function refusal(error: unknown): ApiAnswer {
  const { status } = failure(error);
  return plainAnswer(status, `${writeJson(failure(error))}\n`);
}

/** The text and status of an error as a client sees them. */
export function failure(error: unknown): { error: string; status: number } {
  const text = error instanceof Error ? error.message : String(error);
  return { error: text, status: error instanceof ApiError ? error.status : 500 };
}

/** A proxy with its toxics; waits for its toxics' turn. */
export async function proxyText(proxy: TcpProxy): Promise<string> {
  const toxics = await proxy.toxicTurns.take(() => toxicsText(proxy));
  const { name, listen, upstream, enabled } = proxy;
  // The empty Logger is a leak of Toxiproxy's, kept so that no client can tell the two apart.
  return `${writeJson({ name, listen, upstream, enabled, Logger: {} }).slice(0, -1)},"toxics":${toxics}}`;
}

/** A proxy's toxics as a list. */
export function toxicsText(proxy: TcpProxy): string {
  return `[${listToxics(proxy).map(toxicText).join()}]`;
}

/** One toxic. */
export function toxicText({ digits, name, type, stream, toxicity }: Toxic): string {
  const attributes = type.attributes.map((key) => `"${key}":${digits[key] ?? 0}`);
  const names = writeJson({ name, type: type.name, stream }).slice(1, -1);
  return `{"attributes":{${attributes.join()}},${names},"toxicity":${writeFloat32(toxicity)}}`;
}
