import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { renderTable } from '../../../src/report/table.ts';
import { row, run, testResult } from './literals.ts';

const ESC = '\u001b';
const plain = { color: false, width: 120 };

/** Four tests: one good, one with a failed and a graded row, one short of samples, one that never began. */
const mixed = run({
  status: 'fail',
  tests: [
    testResult({
      rows: [row({ metric: 'RPS', shown: '1,204 /s', samples: 6020, grade: 'excellent', target: '> 500 /s' }), row()],
    }),
    testResult({
      test: 'redis failure, connection: orders survive while Redis refuses connections',
      status: 'fail',
      rows: [
        row({
          metric: 'Redis outage error rate',
          window: 'during refuse(redis)',
          value: 62,
          shown: '62.0 %',
          samples: 1_000,
          grade: 'critical',
          action: 'unusable: queue in the database',
          target: '< 1 %',
          verdict: 'fail',
          because: '620 of 1000 operations failed (503: 620)',
        }),
        row({ metric: 'lost', shown: '0 keys', samples: 380, grade: null, target: '0', because: 'none of 380' }),
        row({
          metric: 'Redis recovery',
          shown: '6.2 s',
          grade: 'warning',
          action: 'optimise start-up',
          target: null,
          verdict: 'measured',
        }),
      ],
      events: ['refuse(redis) was in effect from 4.0 s to 8.0 s'],
    }),
    testResult({
      test: 'a soak',
      status: 'unknown',
      rows: [
        row({
          value: null,
          shown: '-',
          samples: 12,
          grade: null,
          verdict: 'unknown',
          because: '12 samples; a p99 needs 299',
        }),
      ],
    }),
    testResult({ test: 'the app', status: 'fail', rows: [], errors: ['the app exited with code 1\n    at launch'] }),
  ],
  notMeasured: ['webhook load, heavy: not run', 'queue backlog'],
});

const lines = (text: string): string[] => text.split('\n');
const cells = (line: string | undefined): string[] | undefined => line?.trim().split(/ {2,}/);

test('each metric is a line with test, metric, value, samples, grade, target and verdict', () => {
  const [head, blank, first, second] = lines(renderTable(mixed, plain));
  expect(cells(head)).toEqual(['test', 'metric', 'value', 'samples', 'grade', 'target', 'verdict']);
  expect(blank).toBe('');
  expect(cells(first)).toEqual([
    'webhook load, light: 10',
    'RPS',
    '1,204 /s',
    '6,020',
    'excellent',
    '> 500 /s',
    'pass',
  ]);
  expect(cells(second)).toEqual(['connections', 'p99', '43 ms', '12,345', 'good', '< 500 ms', 'pass']);
});

test('a window other than the whole run stands beside its metric', () => {
  const rows = [row({ metric: 'error rate', window: 'during refuse(redis)' })];
  const [, , line] = lines(renderTable(run({ tests: [testResult({ test: 'outage', rows })] }), plain));
  expect(cells(line)?.slice(0, 3)).toEqual(['outage', 'error rate, during refuse(redis)', '43 ms']);
});

test('an interval stands beside its value, in short, where one fits', () => {
  const rows = [
    row({ metric: 'error rate', unit: '%', shown: '0.2 %', value: 0.2, interval: [0.1, 0.4] }),
    row({ metric: 'p95', shown: '43 ms', interval: [39.6, 47.2] }),
    row({ metric: 'p99', shown: '1.2 s', interval: [850, 1_412] }),
    row({ metric: 'p99', shown: '800 ms', interval: [750, null] }),
    row({ metric: 'p99', shown: '10 ms', interval: [10, 10] }),
    row({ metric: 'p99', shown: 'no answer', interval: [null, null] }),
    row({ metric: 'p99', shown: 'no answer', value: null, interval: [900, null] }),
    row({ metric: 'availability', unit: '%', shown: '100 %', value: 100, interval: [99.97, 100] }),
  ];
  const values = (width: number) =>
    lines(renderTable(run({ tests: [testResult({ rows })] }), { color: false, width }))
      .slice(2, 10)
      .map((line) => / {2}(\S+ \S+(?: \(.*?\))?) {2,}12,345/.exec(line)?.[1]);
  expect(values(120)).toEqual([
    '0.2 % (0.1-0.4)',
    '43 ms (40-47)',
    '1.2 s (850 ms-1.4 s)',
    '800 ms (750 or more)',
    '10 ms',
    'no answer',
    'no answer (900 ms or more)',
    '100 % (99.97-100)',
  ]);
  expect(values(80)).toEqual(['0.2 %', '43 ms', '1.2 s', '800 ms', '10 ms', 'no answer', 'no answer', '100 %']);
});

test.each([
  ['43 ms', [40, 47], '43 ms (40-47)'],
  ['1,000 ms or so', [900, 400_000], '1,000 ms or so (900 ms-6.7 min)'],
] as const)(
  'an interval never breaks its value over two lines, nor a title into shreds: %s',
  (shown, interval, whole) => {
    const test = 'the whole of a rather long title that has to be broken';
    const tests = [testResult({ test, rows: [row({ window: 'after a rather long outage', shown, interval })] })];
    const firsts = Array.from(
      { length: 81 },
      (_, more) => lines(renderTable(run({ tests }), { color: false, width: 80 + more }))[2] ?? '',
    );
    for (const first of firsts) {
      if (first.includes('(')) {
        expect(first).toContain(` ${whole}  `);
        expect(first.indexOf('p99')).toBeGreaterThanOrEqual(22);
      } else {
        expect(first).toContain(` ${shown}  `);
      }
    }
    expect(firsts.at(-1)).toContain('(');
  },
);

test('a test that failed without a failed metric has a line that says so', () => {
  const text = renderTable(run({ tests: [testResult({ test: 'outage', status: 'fail', errors: ['boom'] })] }), plain);
  const table = lines(text);
  expect(cells(table[2])?.at(-1)).toBe('pass');
  expect(cells(table[3])).toEqual(['the test itself', '-', '-', '-', '-', 'fail']);
  expect(text).toContain('    fail: boom\n');
});

test('each bad grade has its action, after its test, and a good one has none', () => {
  const text = renderTable(mixed, { color: false, width: 200 });
  expect(text).toContain(
    [
      'What to do',
      '  redis failure, connection: orders survive while Redis refuses connections',
      '    critical: Redis outage error rate, during refuse(redis) is 62.0 %: unusable: queue in the database',
      '    warning: Redis recovery is 6.2 s: optimise start-up',
      '',
    ].join('\n'),
  );
  const monitored = [row({ grade: 'good', action: 'monitor' })];
  expect(renderTable(run({ tests: [testResult({ rows: monitored })] }), plain)).not.toContain('monitor');
});

test('each verdict that is not pass has its reason (that of the metric, or else the first line of the error) and says where to look', () => {
  expect(renderTable(mixed, plain)).toContain(
    [
      'Why',
      '  redis failure, connection: orders survive while Redis refuses connections',
      '    fail: Redis outage error rate, during refuse(redis): 620 of 1000 operations failed (503: 620)',
      '    recording and logs: breaking-point-results/webhook-load-1',
      '  a soak',
      '    unknown: p99: 12 samples; a p99 needs 299',
      '    recording and logs: breaking-point-results/webhook-load-1',
      '  the app',
      '    fail: the app exited with code 1',
      '',
    ].join('\n'),
  );
});

test('the lines of a reason stay lines, without the empty ones', () => {
  const tests = [
    testResult({ status: 'fail', rows: [row({ metric: 'lost', verdict: 'fail', because: 'one\n  two\n\nthree' })] }),
  ];
  expect(renderTable(run({ status: 'fail', tests }), plain)).toMatch(/\n {4}fail: lost.*: one\n {6}two\n {6}three\n/);
});

test('a test in which nothing was judged says so', () => {
  const tests = [testResult({ status: 'unknown', rows: [row({ verdict: 'measured' })] })];
  expect(renderTable(run({ status: 'unknown', tests }), plain)).toContain('    unknown: nothing was judged\n');
});

test('events and what was not measured follow, and the run is summed up in the last line', () => {
  const text = renderTable(mixed, plain);
  expect(text).toContain('    refuse(redis) was in effect from 4.0 s to 8.0 s\n');
  expect(text).toContain('\nnot measured: webhook load, heavy: not run; queue backlog\n');
  expect(lines(text).slice(-2)).toEqual([
    'fail: 1 pass, 2 fail, 1 unknown (profile quick, target production, runtime embedded, 84.2 s)',
    '',
  ]);
});

test('a run in which all is well has nothing but the table and its sum', () => {
  expect(renderTable(run({ tests: [testResult({ test: 'a' })] }), plain)).toBe(
    [
      'test  metric  value  samples  grade  target    verdict',
      '',
      'a     p99     43 ms   12,345  good   < 500 ms  pass',
      '',
      'pass: 1 pass (profile quick, target production, runtime embedded, 84.2 s)',
      '',
    ].join('\n'),
  );
});

test('no line is wider than the terminal, whatever the texts are', () => {
  const text = fc.oneof(fc.string(), fc.lorem({ maxCount: 30 }));
  fc.assert(
    fc.property(fc.integer({ min: 80, max: 200 }), text, text, text, text, (width, title, metric, shown, because) => {
      const rows = [
        row({ metric, shown, because, verdict: 'fail' }),
        row({ action: because, grade: 'critical', interval: [1, 400_000] }),
      ];
      const tests = [testResult({ test: title, status: 'fail', rows, events: [because] })];
      for (const line of lines(renderTable(run({ tests, notMeasured: [because] }), { color: false, width }))) {
        expect(line.length).toBeLessThanOrEqual(width);
      }
    }),
    { numRuns: 50 },
  );
});

test('colour is only colour: without it the text is the same', () => {
  const coloured = renderTable(mixed, { color: true, width: 120 });
  expect(coloured).toContain(`${ESC}[31m${ESC}[1mcritical`);
  expect(coloured).toContain(`${ESC}[32mpass${ESC}[39m`);
  const trimmed = stripVTControlCharacters(coloured).replaceAll(/ +$/gm, '');
  expect(trimmed).toBe(renderTable(mixed, plain));
  expect(renderTable(mixed, plain)).not.toContain(ESC);
});
