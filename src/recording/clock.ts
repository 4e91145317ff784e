const offset = Number(process.hrtime.bigint()) / 1e6 - performance.now();

/**
 * Milliseconds on the machine's monotonic clock, with a fraction. The zero is arbitrary but the same in every thread
 * and process of one machine (CLOCK_MONOTONIC on Linux and macOS), so instants taken in different processes can be
 * subtracted.
 */
export function now(): number {
  return performance.now() + offset;
}
