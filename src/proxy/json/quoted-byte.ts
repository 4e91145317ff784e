const named: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  "'": "\\'",
};

/**
 * A byte as Go's error texts show it, in single quotes: those above 0x7f as the character of that number, those that
 * can't be printed as an escape.
 * @param byte one character, of code 0 to 255
 */
export function quoteByte(byte: string): string {
  const code = byte.charCodeAt(0);
  const hex = code.toString(16);
  const isControl = code < 0x20 || code === 0x7f;
  const isHidden = (code >= 0x80 && code <= 0xa0) || code === 0xad;
  const shown =
    named[byte] ?? (isControl ? `\\x${hex.padStart(2, '0')}` : isHidden ? `\\u${hex.padStart(4, '0')}` : byte);
  return `'${shown}'`;
}
