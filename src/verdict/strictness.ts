/** How an assertion on a share or a percentile is judged. */
export interface Strictness {
  /**
   * The whole 95 % interval must keep the bound, or break it; else the judgement is unknown. When false, the value
   * itself decides once there are enough samples. Default: true if the environment variable BREAKING_POINT_STRICT is
   * `1`.
   */
  readonly strict?: boolean;
}

/**
 * Whether to judge strictly.
 * @param matcher named in the error
 * @throws TypeError when the options are none
 * @throws RangeError when BREAKING_POINT_STRICT is neither 1 nor 0
 */
export function isStrict(options: Strictness | undefined, matcher: string): boolean {
  if (options !== undefined) checkOptions(options, matcher);
  return options?.strict ?? strictByDefault();
}

function strictByDefault(): boolean {
  const text = process.env.BREAKING_POINT_STRICT || '0';
  if (text === '0' || text === '1') return text === '1';
  throw new RangeError(`BREAKING_POINT_STRICT must be 1, or 0 or empty for not; got ${JSON.stringify(text)}`);
}

function checkOptions(options: unknown, matcher: string): void {
  const isObject = typeof options === 'object' && options !== null;
  const wrong = isObject
    ? Object.entries(options).find(
        ([key, value]) => key !== 'strict' || !['boolean', 'undefined'].includes(typeof value),
      )
    : [];
  if (!wrong) return;
  const seen = isObject ? `${wrong[0]}: ${JSON.stringify(wrong[1])}` : JSON.stringify(options);
  throw new TypeError(`${matcher} takes { strict: true } or { strict: false } as its options; got ${seen}`);
}
