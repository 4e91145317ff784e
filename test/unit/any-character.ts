import fc from 'fast-check';

/** Any code point, half a surrogate pair included. fast-check's own unit `binary` first takes a second to list them all. */
export const anyCharacter = fc.integer({ min: 0, max: 0x10_ff_ff }).map((code) => String.fromCodePoint(code));
