/** The length of a text that is undefined. */
const missing = 2 ** 32 - 1;

/** Characters that a byte each cannot hold. */
const wide = /[^\0-\xff]/;

/**
 * Texts as bytes: the length of each in UTF-16 code units as uint32 (2^32 - 1 for undefined), then all of them one after the other, a byte for each
 * code unit if none is above 255, else two bytes, little-endian. Nothing if all are undefined. Every text comes back as it was, lone
 * surrogates too.
 */
export function encodeTexts(texts: readonly (string | undefined)[]): Uint8Array<ArrayBuffer> {
  const lengths = new Uint32Array(texts.length);
  let units = 0;
  let present = false;
  let isWide = false;
  for (const [index, text] of texts.entries()) {
    lengths[index] = text?.length ?? missing;
    if (text === undefined) continue;
    present = true;
    units += text.length;
    isWide ||= wide.test(text);
  }
  if (!present) return new Uint8Array(0);
  const bytes = new Uint8Array(lengths.byteLength + units * (isWide ? 2 : 1));
  bytes.set(new Uint8Array(lengths.buffer));
  // Code unit by code unit: joining the texts first would leave as much again for the garbage collector.
  const characters = isWide ? new Uint16Array(bytes.buffer, lengths.byteLength) : bytes.subarray(lengths.byteLength);
  let at = 0;
  for (const text of texts) {
    if (text === undefined) continue;
    for (let unit = 0; unit < text.length; unit++) characters[at++] = text.charCodeAt(unit);
  }
  return bytes;
}

/** What {@link encodeTexts} made of so many texts. */
export function decodeTexts(bytes: Uint8Array<ArrayBuffer>, count: number): (string | undefined)[] {
  if (bytes.length === 0) return new Array<undefined>(count).fill(undefined);
  const lengths = new Uint32Array(bytes.buffer, bytes.byteOffset, count);
  const characters = Buffer.from(
    bytes.buffer,
    bytes.byteOffset + lengths.byteLength,
    bytes.length - lengths.byteLength,
  );
  const units = lengths.reduce((sum, length) => (length === missing ? sum : sum + length), 0);
  const width = characters.length === units ? 1 : 2;
  const encoding = width === 1 ? 'latin1' : 'utf16le';
  let at = 0;
  const texts: (string | undefined)[] = [];
  for (const length of lengths) {
    if (length === missing) {
      texts.push(undefined);
      continue;
    }
    const end = at + length * width;
    // A text of its own, not a view: whoever keeps one key does not keep the chunk.
    texts.push(characters.toString(encoding, at, end));
    at = end;
  }
  return texts;
}
