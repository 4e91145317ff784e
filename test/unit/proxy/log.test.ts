import { expect, test } from 'vitest';
import { errorText } from '../../../src/proxy/api/exchange.ts';
import { type Level, levelOf, logExchange, makeLog } from '../../../src/proxy/log.ts';

/** What is logged of one exchange at 1970-01-01. */
function logged(method: string, url: string, status: number, body?: string, least: Level = 'debug'): unknown[] {
  const lines: string[] = [];
  const log = makeLog(
    (line) => lines.push(line),
    least,
    () => 0,
  );
  logExchange(log, { method, url, answer: body === undefined ? { status } : { status, body } });
  return lines.map((line) => JSON.parse(line) as unknown);
}

const at = { time: '1970-01-01T00:00:00.000Z' };

test('a line has its level, its fields, the time and the message', () => {
  const lines: string[] = [];
  makeLog(
    (line) => lines.push(line),
    'info',
    () => 1_000,
  ).write('warn', 'careful', { proxy: 'a' });
  expect(lines).toEqual(['{"level":"warn","proxy":"a","time":"1970-01-01T00:00:01.000Z","message":"careful"}']);
});

test.each([
  ['trace', 7],
  ['debug', 6],
  ['info', 5],
  ['warn', 4],
  ['error', 3],
  ['fatal', 2],
  ['panic', 1],
  ['disabled', 0],
] as const)('at %s, %i of one line a level are written', (least, count) => {
  const lines: string[] = [];
  const log = makeLog((line) => lines.push(line), least);
  for (const level of ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'panic'] as const) log.write(level, 'x');
  expect(lines).toHaveLength(count);
});

test('levels are known in any case, and no others', () => {
  expect(['WARN', 'Disabled', 'loud', ''].map(levelOf)).toEqual(['warn', 'disabled', undefined, undefined]);
});

test.each([
  ['POST', '/proxies', 'Created proxy'],
  ['POST', '/proxies/a', 'Updated proxy'],
  ['PATCH', '/proxies/a?b#c', 'Updated proxy'],
  ['DELETE', '/proxies/a', 'Deleted proxy'],
  ['POST', '/proxies/a/toxics', 'Added toxic'],
  ['POST', '/proxies/a/toxics/t', 'Updated toxic'],
  ['PATCH', '/proxies/a/toxics/t', 'Updated toxic'],
  ['DELETE', '/proxies/a/toxics/t', 'Removed toxic'],
  ['POST', '/populate', 'Populated'],
  ['POST', '/reset', 'Reset all proxies'],
])('%s %s is logged as "%s"', (method, url, message) => {
  expect(logged(method, url, 204)).toEqual([{ level: 'info', url, ...at, message }]);
});

test('a change is logged with what there is after it, without the empty Logger', () => {
  const body = '{"name":"a","Logger":{},"toxics":[]}';
  expect(logged('POST', '/proxies', 201, body)).toEqual([
    { level: 'info', url: '/proxies', name: 'a', toxics: [], ...at, message: 'Created proxy' },
  ]);
});

test('a question is a line of level debug, a refusal one of level warn with the reason', () => {
  expect(logged('GET', '/version', 200, '{"version": "2.12.0"}\n')).toEqual([
    { level: 'debug', method: 'GET', url: '/version', status: 200, ...at, message: 'Answered' },
  ]);
  expect(logged('GET', '/version', 200, '{}', 'info')).toEqual([]);
  const error = { error: 'proxy not found', status: 404 };
  expect(logged('GET', '/proxies/b', 404, `${JSON.stringify(error)}\n`)).toEqual([
    { level: 'warn', method: 'GET', url: '/proxies/b', ...error, ...at, message: 'Refused' },
  ]);
});

test('the reason of a refusal is its error field, or its text, or its status', () => {
  expect(errorText({ status: 400, body: '{"error":"no","status":400,"proxies":null}' })).toBe('no');
  expect(errorText({ status: 404, body: '404 page not found\n' })).toBe('404 page not found');
  expect(errorText({ status: 405 })).toBe('status 405');
});
