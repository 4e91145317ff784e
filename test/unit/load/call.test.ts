import { expect, test } from 'vitest';
import { classifyError, classifyResult, NotApplied } from '../../../src/load/http/call-outcome.ts';

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

const headers = {};
test.each<[string, unknown, string]>([
  ['fetch with a 500', new Response('broken', { status: 500 }), 'unknown 500'],
  ['fetch with a 404', new Response('none', { status: 404 }), 'failed 404'],
  ['fetch with a 204', new Response(null, { status: 204 }), 'ok ok'],
  ['fetch with an error for a response', Response.error(), 'unknown invalid'],
  ['axios with a 503', { status: 503, headers, data: '' }, 'unknown 503'],
  ['undici, got or node:http with a 429', { statusCode: 429, headers, body: '' }, 'failed 429'],
  [
    'several answers, of which one is none',
    [new Response('', { status: 200 }), new Response('', { status: 502 })],
    'unknown 502',
  ],
  ['several answers', [new Response('', { status: 200 }), new Response('', { status: 302 })], 'ok ok'],
  ['nothing', undefined, 'ok ok'],
  ['a row of a table with a status', { id: 3, status: 500 }, 'ok ok'],
  ['a row of a table with a word for a status', { headers, status: 'failed' }, 'ok ok'],
  ['null', null, 'ok ok'],
])('a call that fulfils is recorded by its answer: %s', (_, result, expected) => {
  const { outcome, category } = classifyResult(result);
  expect(`${outcome} ${category}`).toBe(expected);
});
