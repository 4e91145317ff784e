import { defineConfig } from 'vitest/config';

/** Real servers share two cores: one file at a time, and nothing is tried again. */
const oneAtATime = { pool: 'forks', fileParallelism: false, retry: 0, sequence: { concurrent: false } } as const;

export default defineConfig({
  test: {
    reporters: [
      ['default', { summary: false }],
      'breaking-point/reporter',
      ['json', { outputFile: 'breaking-point-results/vitest.json' }],
      ...(process.env.GITHUB_ACTIONS ? ['github-actions'] : []),
    ],
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], sequence: { groupOrder: 1 } } },
      {
        test: {
          name: 'types',
          include: [],
          typecheck: { enabled: true, only: true, include: ['test/types/**/*.test-d.ts'], tsconfig: 'tsconfig.json' },
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          ...oneAtATime,
          name: 'e2e',
          maxConcurrency: 3,
          include: ['test/e2e/**/*.test.ts', 'test/mutants/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { ...oneAtATime.sequence, groupOrder: 3 },
        },
      },
      {
        test: {
          ...oneAtATime,
          name: 'conformance',
          include: ['test/conformance/**/*.test.ts'],
          // These are about our own server, whatever TOXIPROXY_URL names.
          exclude: process.env.TOXIPROXY_URL
            ? ['test/conformance/deviations.test.ts', 'test/conformance/ours-only.test.ts']
            : [],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { ...oneAtATime.sequence, groupOrder: 5 },
        },
      },
      {
        test: {
          ...oneAtATime,
          name: 'perf',
          include: ['test/perf/**/*.test.ts'],
          sequence: { ...oneAtATime.sequence, groupOrder: 4 },
        },
      },
      {
        test: {
          ...oneAtATime,
          name: 'driver-failures',
          include: ['test/driver-failures/**/*.test.ts'],
          sequence: { ...oneAtATime.sequence, groupOrder: 6 },
        },
      },
    ],
  },
});
