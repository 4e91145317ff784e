import { Agent, Dispatcher1Wrapper } from 'undici';

/** Made when it is first needed: most apps speak plain HTTP. */
let trusting: Dispatcher1Wrapper | undefined;

/**
 * `fetch` over HTTP/1.1 to an app of ours, whose certificate is taken as it is: those of apps under test are
 * self-signed.
 */
export function fetchApp(url: URL, init: RequestInit = {}): Promise<Response> {
  if (url.protocol !== 'https:') return fetch(url, init);
  // Node's own fetch speaks the older of undici's two interfaces, and its types are those of an older undici.
  trusting ??= new Dispatcher1Wrapper(new Agent({ connect: { rejectUnauthorized: false } }));
  return fetch(url, { ...init, dispatcher: trusting as unknown as NonNullable<RequestInit['dispatcher']> });
}
