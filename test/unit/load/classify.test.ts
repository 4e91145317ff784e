import { expect, test } from 'vitest';
import { classify, endingOf } from '../../../src/load/http/classify.ts';

const answered = (status: number) => ({ kind: 'answered', status }) as const;

test.each([
  ['GET', 200, 'ok', 'ok'],
  ['POST', 399, 'ok', 'ok'],
  ['POST', 400, 'failed', '400'],
  ['POST', 499, 'failed', '499'],
  ['GET', 500, 'failed', '500'],
  ['HEAD', 503, 'failed', '503'],
  ['OPTIONS', 502, 'failed', '502'],
  ['POST', 500, 'unknown', '500'],
  ['PUT', 503, 'unknown', '503'],
  ['DELETE', 504, 'unknown', '504'],
])('%s answered with %i is %s, category %s', (method, status, outcome, category) => {
  expect(classify(answered(status), method, null)).toEqual({ outcome, category });
});

test('okWhen replaces the usual statuses', () => {
  expect(classify(answered(409), 'POST', [201, 409])).toEqual({ outcome: 'ok', category: 'ok' });
  expect(classify(answered(404), 'GET', [200])).toEqual({ outcome: 'failed', category: '404' });
});

test('a good status that okWhen rejects is invalid: a write may have been applied, a read was not', () => {
  expect(classify(answered(200), 'POST', [201])).toEqual({ outcome: 'unknown', category: 'invalid' });
  expect(classify(answered(200), 'GET', [201])).toEqual({ outcome: 'failed', category: 'invalid' });
});

test('what was sent and got no answer may have been applied; what was never sent was not', () => {
  expect(classify({ kind: 'timeout', sent: true }, 'POST', null)).toEqual({ outcome: 'unknown', category: 'timeout' });
  expect(classify({ kind: 'timeout', sent: false }, 'POST', null)).toEqual({ outcome: 'failed', category: 'timeout' });
  expect(classify({ kind: 'reset', sent: true }, 'GET', null)).toEqual({ outcome: 'unknown', category: 'reset' });
  expect(classify({ kind: 'reset', sent: false }, 'POST', null)).toEqual({ outcome: 'failed', category: 'reset' });
  for (const kind of ['refused', 'saturated', 'unsent'] as const) {
    expect(classify({ kind }, 'POST', null)).toEqual({ outcome: 'failed', category: kind });
  }
});

const coded = (code: string) => Object.assign(new Error(code), { code });

test('a refused connect is refused; running out of sockets is our own fault; all else is a reset', () => {
  expect(endingOf(coded('ECONNREFUSED'), false)).toEqual({ kind: 'refused' });
  expect(endingOf(coded('EMFILE'), false)).toEqual({ kind: 'unsent' });
  expect(endingOf(coded('EADDRNOTAVAIL'), false)).toEqual({ kind: 'unsent' });
  expect(endingOf(coded('UND_ERR_CONNECT_TIMEOUT'), false)).toEqual({ kind: 'timeout', sent: false });
  expect(endingOf(coded('ECONNRESET'), true)).toEqual({ kind: 'reset', sent: true });
  expect(endingOf(coded('UND_ERR_SOCKET'), true)).toEqual({ kind: 'reset', sent: true });
  expect(endingOf('no error at all', true)).toEqual({ kind: 'reset', sent: true });
});

test('when every address of a host refused, the connect was refused', () => {
  expect(endingOf(new AggregateError([coded('ECONNREFUSED'), coded('ECONNREFUSED')]), false)).toEqual({
    kind: 'refused',
  });
});
