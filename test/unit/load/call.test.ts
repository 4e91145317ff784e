import { expect, test } from 'vitest';
import { classifyError, NotApplied } from '../../../src/load/http/call-outcome.ts';

const withCode = (code: unknown, cause?: unknown) => Object.assign(new Error('broken', { cause }), { code });

test.each<[string, unknown, string]>([
  ['an error with a code', withCode('ECONNRESET'), 'unknown ECONNRESET'],
  ['a code that is a number', withCode(1213), 'unknown 1213'],
  ['an error without one', new RangeError('too far'), 'unknown RangeError'],
  ['an empty code', withCode(''), 'unknown Error'],
  [
    'fetch, which hides the code in its cause',
    new TypeError('fetch failed', { cause: withCode('ECONNREFUSED') }),
    'unknown ECONNREFUSED',
  ],
  ['its own code before that of its cause', withCode('OUTER', withCode('INNER')), 'unknown OUTER'],
  ['what was certainly not applied', new NotApplied('sold-out'), 'failed sold-out'],
  ['an error of your own that says so', Object.assign(new Error('no'), { applied: false }), 'failed Error'],
  ['one that says that it was applied', Object.assign(new Error('no'), { applied: true }), 'unknown Error'],
  ['text', 'gone', 'unknown a thrown string'],
  ['nothing', undefined, 'unknown a thrown undefined'],
  ['an object', { code: 'E_APP' }, 'unknown E_APP'],
  ['a word that means the generator', withCode('unsent'), 'unknown error unsent'],
  ['a word that means success', withCode('ok'), 'unknown error ok'],
  ['a code that is a novel', withCode('x'.repeat(100)), `unknown ${'x'.repeat(60)}`],
])('%s is recorded by its outcome and category', (_, error, expected) => {
  const { outcome, category } = classifyError(error);
  expect(`${outcome} ${category}`).toBe(expected);
});
