import { randomBytes } from 'node:crypto';

const digits = '0123456789abcdefghijklmnopqrstuv';
const own = randomBytes(5);
let count = randomBytes(3).readUIntBE(0, 3);

/**
 * A text of 20 characters that no other request has: the time in seconds, five random bytes of this process and a
 * counter, in digits of 5 bits.
 */
export function makeRequestId(): string {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt32BE(Math.floor(Date.now() / 1000));
  own.copy(bytes, 4);
  count = (count + 1) % 2 ** 24;
  bytes.writeUIntBE(count, 9, 3);
  let text = '';
  for (let number = BigInt(`0x${bytes.toString('hex')}`) << 4n; text.length < 20; number >>= 5n) {
    text = (digits[Number(number & 31n)] ?? '') + text;
  }
  return text;
}
