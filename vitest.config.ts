import { defineConfig } from 'vitest/config';

/** Real servers share two cores: one file at a time, and nothing is tried again. */
const oneAtATime = { pool: 'forks', fileParallelism: false, retry: 0, sequence: { concurrent: false } } as const;

/** Some at a time, where each has servers of its own. */
const atATime = (maxWorkers: number) => ({ ...oneAtATime, fileParallelism: true, maxWorkers }) as const;

/** A container takes more of the machine than a child process. */
const onContainers = process.env.BREAKING_POINT_RUNTIME === 'containers';

/** Where nothing is measured: these mostly wait, and three together take half a core. */
const sideBySide = atATime(onContainers ? 2 : 3);

/** End-to-end tests whose answer is how long something took or how much of it came. */
const measuring = [
  'test/e2e/{capacity,closed-loop,health,journey,load,network-faults,observe,race-amplifier}.test.ts',
  'test/e2e/{reads,recovery,server-faults,transport}.test.ts',
];

export default defineConfig({
  test: {
    reporters: [
      ['default', { summary: false }],
      'breaking-point/reporter',
      ['json', { outputFile: 'breaking-point-results/vitest.json' }],
      ...(process.env.GITHUB_ACTIONS ? ['github-actions'] : []),
    ],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          // To load the modules anew for each file would take twice as long as the tests.
          isolate: false,
          restoreMocks: true,
          unstubEnvs: true,
          sequence: { groupOrder: 1 },
        },
      },
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
          ...sideBySide,
          name: 'e2e',
          maxConcurrency: onContainers ? 1 : 3,
          include: ['test/e2e/**/*.test.ts', 'test/mutants/**/*.test.ts'],
          exclude: measuring,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { ...oneAtATime.sequence, groupOrder: 3 },
        },
      },
      {
        test: {
          ...oneAtATime,
          name: 'measuring',
          maxConcurrency: 3,
          include: measuring,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { ...oneAtATime.sequence, groupOrder: 4 },
        },
      },
      {
        test: {
          // A real server is one for all files, and they reset it.
          ...(process.env.TOXIPROXY_URL ? oneAtATime : sideBySide),
          name: 'conformance',
          maxConcurrency: 3,
          include: ['test/conformance/**/*.test.ts'],
          exclude: [
            // Each runs a part of this suite.
            'test/conformance/deviations.test.ts',
            // These are about our own server, whatever TOXIPROXY_URL names.
            ...(process.env.TOXIPROXY_URL ? ['test/conformance/ours-only.test.ts'] : []),
            // These run a program that is not part of Node.
            ...(process.env.TOXIPROXY_CLI ? [] : ['test/conformance/cli.test.ts']),
          ],
          globalSetup: 'test/conformance/undeclared.ts',
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // Beside the end-to-end tests, unless the real server is asked.
          sequence: { ...oneAtATime.sequence, groupOrder: process.env.TOXIPROXY_URL ? 6 : 3 },
        },
      },
      {
        test: {
          ...oneAtATime,
          name: 'deviations',
          maxConcurrency: 2,
          include: ['test/conformance/deviations.test.ts'],
          testTimeout: 60_000,
          sequence: { ...oneAtATime.sequence, groupOrder: 8 },
        },
      },
      {
        test: {
          ...oneAtATime,
          name: 'perf',
          include: ['test/perf/**/*.test.ts'],
          sequence: { ...oneAtATime.sequence, groupOrder: 5 },
        },
      },
      {
        test: {
          // A hundred messages a second take half a core, and `npm run mutants` runs as many at a time.
          ...atATime(2),
          name: 'driver-failures',
          include: ['test/driver-failures/**/*.test.ts'],
          sequence: { ...oneAtATime.sequence, groupOrder: 7 },
        },
      },
    ],
  },
});
