/**
 * A number of bytes: `'512MB'`, `'1.5 GiB'`, or the number itself. KB, MB and GB count in thousands, KiB, MiB and GiB
 * in 1,024s.
 */
export type ByteSize = number | string;

const units: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
};

/**
 * Parses a size into bytes.
 * @param what name of the setting, for the error
 * @throws TypeError unless it is a size above 0
 */
export function parseByteSize(size: ByteSize, what: string): number {
  const [, number, unit = 'B'] = /^(\d+(?:\.\d+)?) ?([KMG]i?B|B)?$/.exec(String(size)) ?? [];
  const count = Math.round(Number(number) * (units[unit] ?? Number.NaN));
  if (Number.isSafeInteger(count) && count > 0) return count;
  throw new TypeError(
    `${what} must be a number of bytes above 0, or a text such as '512MB' or '1GiB'; got ${JSON.stringify(size)}`,
  );
}

/** Formats bytes for people: `512 MB`. */
export function formatBytes(count: number): string {
  if (count >= 1e9) return `${(count / 1e9).toFixed(1)} GB`;
  return count >= 1e6 ? `${Math.round(count / 1e6)} MB` : `${Math.round(count / 1e3)} KB`;
}
