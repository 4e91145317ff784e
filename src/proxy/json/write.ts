const escaped = /[<>&\u2028\u2029]/g;

/** A value as Go's encoder writes it: as `JSON.stringify` does, with what HTML or a script could trip over escaped. */
export function writeJson(value: unknown): string {
  return JSON.stringify(value).replace(escaped, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** A number of 32 bits with the fewest digits that give it back, as Go's encoder writes it. */
export function writeFloat32(number: number): string {
  if (Object.is(number, -0)) return '-0';
  for (let digits = 1; digits < 9; digits += 1) {
    const short = Number(number.toPrecision(digits));
    if (Math.fround(short) === number) return String(short);
  }
  return String(Number(number.toPrecision(9)));
}
