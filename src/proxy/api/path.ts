/** Where a request goes: a path that a route may take, or the one that it should be. */
export type RequestTarget = { readonly path: string } | { readonly location: string };

const unescaped = /[^A-Za-z0-9\-_.~$&+,/:;=@]/gu;

/**
 * Reads the target of a request line. Its path is decoded first, and one with `//`, `.` or `..` in it is sent to the
 * clean path, its query kept.
 * @returns `undefined` when it can't be read
 */
export function readTarget(target: string): RequestTarget | undefined {
  // Only a target in absolute form has an origin (`http://host/path`).
  const [, origin = '', written = '', query = ''] = /^([a-z][a-z0-9+.-]*:\/\/[^/?]*)?([^?]*)(.*)$/is.exec(target) ?? [];
  if (origin === '' && !written.startsWith('/')) return undefined;
  if (target.split('').some((character) => character < ' ' || character === '\x7f')) return undefined;
  if (/%(?![0-9a-f]{2})/i.test(written)) return undefined;
  const bytes = written.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  const clean = cleanPath(bytes);
  if (clean !== bytes) return { location: origin + clean.replace(unescaped, percentEncode) + query };
  return { path: Buffer.from(bytes, 'latin1').toString() };
}

/** The path without `//`, `.` and `..`; a slash at its end stays. */
function cleanPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  const clean = `/${parts.join('/')}`;
  return path.endsWith('/') && clean !== '/' ? `${clean}/` : clean;
}

/** A byte, given as the character of its number, as it stands in a URL: `%C3`. */
export function percentEncode(byte: string): string {
  return `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}
