import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ClientPiece } from '../../../src/wire/client-reader.ts';
import { FrontendReader } from '../../../src/wire/frontend-reader.ts';
import {
  bind,
  cancelRequest,
  execute,
  framed,
  gssRequest,
  message,
  opening,
  parse,
  sslRequest,
  startup,
  sync,
} from './messages.ts';

/** A reader whose client has started up. */
function started(): FrontendReader {
  const reader = new FrontendReader();
  expect(joined(reader.read(startup))).toEqual(startup);
  return reader;
}

const joined = (pieces: readonly ClientPiece[]): Buffer => Buffer.concat(pieces.map(({ bytes }) => bytes));
const statements = (pieces: readonly ClientPiece[]): string[] => pieces.flatMap(({ statement }) => statement ?? []);

describe('a statement is known by its text', () => {
  test('of a simple query', () => {
    const pieces = started().read(message('Q', 'insert into orders values (1)'));
    expect(pieces).toEqual([
      { bytes: message('Q', 'insert into orders values (1)'), statement: 'insert into orders values (1)' },
    ]);
  });

  test('of a statement that was prepared long before', () => {
    const reader = started();
    expect(statements(reader.read(Buffer.concat([parse('save', 'insert'), message('D', 'Ssave'), sync])))).toEqual([]);
    reader.read(message('Q', 'select 1'));
    expect(statements(reader.read(Buffer.concat([bind('save'), execute, sync])))).toEqual(['insert']);
  });

  test('of the nameless statement, as it was parsed last', () => {
    const reader = started();
    expect(statements(reader.read(Buffer.concat([parse('', 'one'), bind(''), execute, sync])))).toEqual(['one']);
    expect(statements(reader.read(Buffer.concat([parse('', 'two'), bind(''), execute, sync])))).toEqual(['two']);
  });

  test('behind a named portal', () => {
    const reader = started();
    reader.read(parse('s', 'fetch me'));
    expect(statements(reader.read(bind('s', 'cursor')))).toEqual(['fetch me']);
  });

  test('and not after it was closed, or when nobody prepared it', () => {
    const reader = started();
    reader.read(parse('s', 'text'));
    expect(statements(reader.read(Buffer.concat([message('C', 'Ss'), bind('s')])))).toEqual([]);
    expect(statements(reader.read(bind('never')))).toEqual([]);
  });

  test('with letters of any alphabet', () => {
    expect(statements(started().read(message('Q', "insert into straße values ('große 茶')")))).toEqual([
      "insert into straße values ('große 茶')",
    ]);
  });

  test('by its first 64 KiB where it is longer, and the rest passes', () => {
    const text = `insert ${'x'.repeat(200_000)}`;
    const pieces = started().read(Buffer.concat([message('Q', text), message('Q', 'next')]));
    expect(statements(pieces)).toEqual([text.slice(0, 64 * 1024), 'next']);
    expect(joined(pieces).equals(Buffer.concat([message('Q', text), message('Q', 'next')]))).toBe(true);
  });
});

describe('a piece begins with the first message about its statement', () => {
  test('which is the Parse where that comes right before', () => {
    const before = Buffer.concat([message('C', 'Sold'), sync]);
    const one = Buffer.concat([parse('', 'one'), message('D', 'S'), bind(''), execute, sync]);
    const two = Buffer.concat([parse('', 'two'), bind(''), execute, sync]);
    expect(started().read(Buffer.concat([before, one, two]))).toEqual([
      { bytes: before },
      { bytes: one, statement: 'one' },
      { bytes: two, statement: 'two' },
    ]);
  });

  test('and the Bind where the statement was prepared in a batch of its own', () => {
    const prepared = Buffer.concat([parse('s', 'text'), sync]);
    const executed = Buffer.concat([bind('s'), execute, sync]);
    expect(started().read(Buffer.concat([prepared, executed]))).toEqual([
      { bytes: prepared },
      { bytes: executed, statement: 'text' },
    ]);
  });
});

describe('what is no statement passes', () => {
  test('a password, COPY data and their end', () => {
    const bytes = Buffer.concat([
      message('p', 'secret'),
      framed('d', Buffer.from('insert into orders')),
      framed('c', Buffer.alloc(0)),
      message('f', 'enough'),
      message('X'),
    ]);
    const pieces = started().read(bytes);
    expect(joined(pieces)).toEqual(bytes);
    expect(statements(pieces)).toEqual([]);
  });

  test('a CancelRequest, and everything behind it', () => {
    const bytes = Buffer.concat([cancelRequest, message('Q', 'insert')]);
    expect(new FrontendReader().read(bytes)).toEqual([
      { bytes: cancelRequest },
      { bytes: bytes.subarray(cancelRequest.length) },
    ]);
  });

  test.each([
    ['TLS from the first byte', Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 252, 3])],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['a protocol of another version', opening(2 << 16, 'user')],
    ['a startup that is too short to be one', Buffer.from([0, 0, 0, 4, 1, 2, 3, 4])],
  ])('%s', (_, bytes) => {
    const reader = new FrontendReader();
    const query = message('Q', 'insert');
    const pieces = [...reader.read(bytes), ...reader.read(query)];
    expect(joined(pieces)).toEqual(Buffer.concat([bytes, query]));
    expect(statements(pieces)).toEqual([]);
  });

  test('a message of a type that nobody knows, and everything behind it', () => {
    const bytes = Buffer.concat([framed('?', Buffer.from('what')), message('Q', 'insert')]);
    const pieces = started().read(bytes);
    expect(joined(pieces)).toEqual(bytes);
    expect(statements(pieces)).toEqual([]);
  });
});

describe('a wish to encrypt', () => {
  for (const [name, wish] of Object.entries({ sslRequest, gssRequest })) {
    test(`${name}: no is followed by a startup in clear`, () => {
      const reader = new FrontendReader();
      expect(joined(reader.read(wish))).toEqual(wish);
      expect(reader.awaitsEncryptionAnswer).toBe(true);
      expect(reader.encryptionAnswered('N'.charCodeAt(0))).toEqual([]);
      const pieces = reader.read(Buffer.concat([startup, message('Q', 'insert')]));
      expect(statements(pieces)).toEqual(['insert']);
    });

    test(`${name}: after a yes nothing is read any more`, () => {
      const reader = new FrontendReader();
      reader.read(wish);
      reader.encryptionAnswered('S'.charCodeAt(0));
      const cipher = Buffer.concat([startup, message('Q', 'insert')]);
      expect(reader.read(cipher)).toEqual([{ bytes: cipher }]);
    });
  }

  test('what the client sends before the answer waits for it', () => {
    const reader = new FrontendReader();
    expect(joined(reader.read(Buffer.concat([sslRequest, startup])))).toEqual(sslRequest);
    expect(joined(reader.encryptionAnswered('N'.charCodeAt(0)))).toEqual(startup);
  });
});

test('however the bytes are cut on their way, they come out as they came in, with the same statements', () => {
  const script = fc.array(
    fc.oneof(
      fc.constantFrom(sync, execute, message('D', 'S'), framed('d', Buffer.from('Q\0\0\0\x08insert\0'))),
      fc.string({ maxLength: 40 }).map((text) => message('Q', text.replaceAll('\0', ''))),
      fc.tuple(fc.constantFrom('', 'a', 'b'), fc.string({ maxLength: 20 })).map(([name, text]) => parse(name, text)),
      fc.constantFrom('', 'a', 'b').map((name) => bind(name)),
    ),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(script, fc.array(fc.nat({ max: 30 }), { maxLength: 40 }), (messages, cuts) => {
      const bytes = Buffer.concat([startup, ...messages]);
      const whole = new FrontendReader().read(bytes);
      const reader = new FrontendReader();
      const pieces: ClientPiece[] = [];
      let at = 0;
      for (const cut of cuts) {
        pieces.push(...reader.read(bytes.subarray(at, at + cut)));
        at = Math.min(bytes.length, at + cut);
      }
      pieces.push(...reader.read(bytes.subarray(at)));
      expect(joined(pieces)).toEqual(bytes);
      expect(statements(pieces)).toEqual(statements(whole));
    }),
  );
});

test('a client goes by the name of its startup packet, if it has one', () => {
  const reader = new FrontendReader();
  expect(reader.clientName).toBeUndefined();
  reader.read(opening(3 << 16, 'user', 'application_name', 'application_name', 'us', ''));
  expect(reader.clientName).toBe('us');
  expect(started().clientName).toBeUndefined();
});
