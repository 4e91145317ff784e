const loopback = /^(localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** Whether the address is on this machine. */
export function isLoopback(url: string): boolean {
  return loopback.test(new URL(url).hostname);
}

/**
 * The origin of `url`, if load may go there: to this machine, or to a host that the user named.
 * @param url where the app listens, `http://127.0.0.1:41234`
 * @param allowed host names besides the loopback ones (`staging.example.org`), compared without their port
 * @param protocols those that the load speaks
 * @throws TypeError when `url` is no such address; Error when its host is neither loopback nor allowed
 */
export function loadOrigin(
  url: string,
  allowed: readonly string[] = [],
  protocols: readonly string[] = ['http:'],
): string {
  if (!URL.canParse(url))
    throw new TypeError(`the target of a load must be a URL such as http://127.0.0.1:8080; got '${url}'`);
  const { protocol, hostname, origin } = new URL(url);
  if (!protocols.includes(protocol)) {
    throw new TypeError(`the target of this load must be an ${protocols.join(' or ')} address; got '${url}'`);
  }
  if (isLoopback(url) || allowed.includes(hostname)) return origin;
  throw new Error(
    `load goes only to this machine (127.0.0.0/8, ::1, localhost), and ${hostname} is another host; if it is yours to load, pass allowHosts: ['${hostname}']`,
  );
}
