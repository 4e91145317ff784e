/** A typed message of the Postgres protocol: a letter, a length that counts itself, and texts that each end with a zero. */
export function message(type: string, ...texts: readonly string[]): Buffer {
  return framed(type, Buffer.from(texts.map((text) => `${text}\0`).join('')));
}

/** A typed message with that body. */
export function framed(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type, 0, 'latin1');
  head.writeUInt32BE(4 + body.length, 1);
  return Buffer.concat([head, body]);
}

/** A message of the start, before types: length, code and texts. */
export function opening(code: number, ...texts: readonly string[]): Buffer {
  const body = Buffer.from(texts.map((text) => `${text}\0`).join(''));
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + body.length, 0);
  head.writeUInt32BE(code, 4);
  return Buffer.concat([head, body]);
}

export const startup = opening(3 << 16, 'user', 'postgres', '');
export const sslRequest = opening(80_877_103);
export const gssRequest = opening(80_877_104);
export const cancelRequest = opening(80_877_102, 'pidsecret');
export const sync = message('S');
export const execute = message('E', '', '\0\0\0');
/** Portal, statement, then no formats, no parameters, no result formats. */
export const bind = (name: string, portal = ''): Buffer =>
  framed('B', Buffer.concat([Buffer.from(`${portal}\0${name}\0`), Buffer.alloc(6)]));
export const parse = (name: string, text: string): Buffer =>
  framed('P', Buffer.concat([Buffer.from(`${name}\0${text}\0`), Buffer.alloc(2)]));
