import { defineConfig } from 'vitest/config';

/** The suite alone, for runs within a test: nothing is written, the first red case ends it. */
export default defineConfig({
  test: {
    include: ['test/conformance/**/*.test.ts'],
    pool: 'forks',
    fileParallelism: false,
    bail: 1,
    testTimeout: 5_000,
    reporters: ['json'],
  },
});
