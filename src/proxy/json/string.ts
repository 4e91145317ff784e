import { isUtf8 } from 'node:buffer';

const replacement = '\ufffd';

const escapes: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/**
 * The text of a JSON string: each byte that is no part of UTF-8, and each half of a surrogate pair alone, becomes one
 * U+FFFD.
 * @param inside what stands between the quotes, a character per byte, its escapes already checked
 */
export function readString(inside: string): string {
  const pattern = /\\u([0-9a-fA-F]{4})|\\(.)|[^\\]+/gsu;
  let text = '';
  for (const [part, hex, escaped] of inside.matchAll(pattern)) {
    if (hex !== undefined) text += String.fromCharCode(Number.parseInt(hex, 16));
    else if (escaped !== undefined) text += escapes[escaped] ?? escaped;
    else text += utf8(Buffer.from(part, 'latin1'));
  }
  return text.toWellFormed();
}

function utf8(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString();
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const size = characterSize(bytes, at);
    text += size === 0 ? replacement : bytes.toString('utf8', at, at + size);
    at += size || 1;
  }
  return text;
}

/** Bytes of the character that begins at `at`; 0 when none does. */
function characterSize(bytes: Buffer, at: number): number {
  for (let size = 1; size <= 4 && at + size <= bytes.length; size += 1) {
    if (isUtf8(bytes.subarray(at, at + size))) return size;
  }
  return 0;
}
