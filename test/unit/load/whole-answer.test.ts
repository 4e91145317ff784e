import fc from 'fast-check';
import { expect, test } from 'vitest';
import { WholeAnswer } from '../../../src/load/closed-loop/whole-answer.ts';

const read = (text: string) => new WholeAnswer().read(Buffer.from(text, 'latin1'));
const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

test('an answer of one piece with its length is read, with its status and whether the connection stays', () => {
  expect(read(ok)).toMatchObject({ statusCode: 200, shouldKeepAlive: true });
  expect(read('HTTP/1.1 503 \r\nContent-Length:0\r\nConnection: close\r\n\r\n')).toMatchObject({
    statusCode: 503,
    shouldKeepAlive: false,
  });
});

test.each([
  ['has no length', 'HTTP/1.1 200 OK\r\n\r\nok'],
  ['is chunked', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'],
  [
    'is chunked and has a length',
    `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n`,
  ],
  ['is packed', 'HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 2\r\n\r\nok'],
  ['has two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 2\r\n\r\nok'],
  ['has a length that is no number', 'HTTP/1.1 200 OK\r\ncontent-length: +2\r\n\r\nok'],
  ['is interim', 'HTTP/1.1 103 Early Hints\r\ncontent-length: 0\r\n\r\n'],
  ['has no body by its status', 'HTTP/1.1 304 Not Modified\r\ncontent-length: 2\r\n\r\nok'],
  ['is of another version', 'HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok'],
  ['has a folded header', 'HTTP/1.1 200 OK\r\nx: a\r\n b\r\ncontent-length: 2\r\n\r\nok'],
  ['has a bare line feed', 'HTTP/1.1 200 OK\r\nx: a\nb: c\r\ncontent-length: 2\r\n\r\nok'],
  ['is no HTTP', 'hello\r\n\r\n'],
])('what %s is left to the parser', (_, text) => {
  expect(read(text)).toBeUndefined();
});

test('a head that was read before does not lend its length to another body', () => {
  const answers = new WholeAnswer();
  const next = (text: string) => answers.read(Buffer.from(text))?.statusCode;
  expect(next(ok)).toBe(200);
  expect(next(ok)).toBe(200);
  expect(next(`${ok}!`)).toBeUndefined();
  expect(next(ok.slice(0, -1))).toBeUndefined();
  expect(next('HTTP/1.1 404 OK\r\ncontent-length: 2\r\n\r\nno')).toBe(404);
  expect(next('HTTP/1.1 404 OK\r\ncontent-length: 3\r\n\r\nno')).toBeUndefined();
  expect(next(ok)).toBe(200);
});

test('of the pieces of an answer, and of two answers in one, none is taken for a whole one', () => {
  const body = fc.string({ unit: 'binary-ascii', maxLength: 40 });
  fc.assert(
    fc.property(body, body, fc.nat(), fc.boolean(), (first, second, at, readBefore) => {
      const answer = (text: string) => `HTTP/1.1 200 OK\r\ncontent-length: ${text.length}\r\n\r\n${text}`;
      const answers = new WholeAnswer();
      if (readBefore) answers.read(Buffer.from(answer(first)));
      const cut = 1 + (at % (answer(first).length - 1));
      expect(answers.read(Buffer.from(answer(first).slice(0, cut)))).toBeUndefined();
      expect(answers.read(Buffer.from(answer(first) + answer(second)))).toBeUndefined();
      expect(answers.read(Buffer.from(answer(first)))?.statusCode).toBe(200);
    }),
  );
});
