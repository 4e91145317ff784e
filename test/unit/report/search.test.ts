import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import schema from '../../../schema/run.json' with { type: 'json' };
import { runResult } from '../../../src/report/run-json.ts';
import { renderTable } from '../../../src/report/table.ts';
import type { SearchResult } from '../../../src/verdict/rows/result.ts';
import { row, run, testResult } from './literals.ts';

const search: SearchResult = {
  ...{ of: 'offered rate', unit: 'number', suffix: '/s', from: 50, to: 5_000, status: 'found' },
  ...{ heldAt: 400, brokeAt: 436, brokeFirst: ['p99'], contradictions: [{ brokeAt: 100, heldAt: 400 }] },
  because:
    'At offered rate 400/s it held, at 436/s it broke: p99 620 ms, to be < 500 ms. Both were confirmed (2 trials).',
  picture: [
    'offered rate         p99, to be < 500 ms',
    '       400/s  held   |## 43 ms',
    '       436/s  broke  |######### 620 ms',
  ].join('\n'),
  notes: ['A trial at 100/s broke, although one at 400/s held.'],
  trials: [
    { value: 400, decision: 'held', sustained: true, objectives: [], recording: 'recording-1-trial-1-400-per-s.bin' },
    {
      ...{ value: 436, decision: 'broke', sustained: false, recording: null },
      objectives: [{ metric: 'p99', shown: '620 ms', target: '< 500 ms', verdict: 'fail' }],
    },
  ],
};
const found = row({
  ...{ metric: 'offered rate', window: 'the search', value: 400, shown: 'held at 400/s, broke at 436/s', samples: 9 },
  ...{ grade: null, target: '>= 300/s' },
});
const searched = run({
  tests: [testResult({ test: 'the capacity', rows: [found], events: ['redis: rebuilt'], searches: [search] })],
});

test('a search is a line of the table, and its picture stands as it is under what happened', () => {
  const text = renderTable(searched, { color: false, width: 120 });
  expect(text).toMatch(/^the capacity +offered rate +held at 400\/s, broke at 436\/s +9 +- +>= 300\/s +pass$/m);
  const happened = text.slice(text.indexOf('What happened'));
  expect(happened.split('\n').slice(1, 9)).toEqual([
    '  the capacity',
    '    redis: rebuilt',
    '    At offered rate 400/s it held, at 436/s it broke: p99 620 ms, to be < 500 ms. Both were confirmed (2 trials).',
    '      offered rate         p99, to be < 500 ms',
    '             400/s  held   |## 43 ms',
    '             436/s  broke  |######### 620 ms',
    '    A trial at 100/s broke, although one at 400/s held.',
    '',
  ]);
});

test('a picture that is too wide is cut, not broken', () => {
  const wide = { ...search, picture: 'x'.repeat(200) };
  const text = renderTable(run({ tests: [testResult({ searches: [wide] })] }), { color: false, width: 80 });
  expect(text.split('\n').filter((line) => line.includes('xx'))).toEqual([`      ${'x'.repeat(74)}`]);
});

test('run.json keeps the search with all of its trials, and the values of repeats', () => {
  const repeated = row({ shown: '43 ms (38 ms to no answer)', repeats: [38, 43, null] });
  const tests = [...searched.tests, testResult({ rows: [repeated] })];
  const valid = new Ajv2020().compile(schema);
  const { version: _, status: __, tests: ___, ...facts } = searched;
  const written: unknown = JSON.parse(JSON.stringify(runResult(tests, facts)));
  expect(valid(written), JSON.stringify(valid.errors)).toBe(true);
  expect(written).toMatchObject({ tests: [{ searches: [search] }, { rows: [{ repeats: [38, 43, null] }] }] });
  const wrong = run({ tests: [testResult({ searches: [{ ...search, status: 'perhaps' as 'found' }] })] });
  expect(valid(JSON.parse(JSON.stringify(wrong)))).toBe(false);
});
