import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CommandReader } from '../../../src/wire/command-reader.ts';

/** A command as clients send it. */
const command = (...words: readonly string[]): Buffer =>
  Buffer.from(`*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`);

const statements = (reader: CommandReader, bytes: Buffer): (string | undefined)[] =>
  reader.read(bytes).map(({ statement }) => statement);

describe('a command', () => {
  test('is known by its words, and each begins a piece', () => {
    const [get, set] = [command('GET', 'key'), command('set', 'key', 'a value')];
    expect(new CommandReader().read(Buffer.concat([get, set]))).toEqual([
      { bytes: get, statement: 'GET key' },
      { bytes: set, statement: 'set key a value' },
    ]);
  });

  test('that comes bit by bit passes once it is known, not before', () => {
    const bytes = command('incr', 'n');
    const reader = new CommandReader();
    for (const byte of bytes.subarray(0, -3)) expect(reader.read(Buffer.of(byte))).toEqual([]);
    expect(reader.read(bytes.subarray(-3))).toEqual([{ bytes, statement: 'incr n' }]);
  });

  test('that is long is known by its beginning, and the rest passes as it comes', () => {
    const value = 'x'.repeat(100_000);
    const bytes = Buffer.concat([command('set', 'key', value, 'ex', '10'), command('ping')]);
    const reader = new CommandReader();
    const [first, ...others] = reader.read(bytes.subarray(0, 5_000));
    expect(first?.statement).toBe(`set key ${'x'.repeat(4096 - 'set key '.length)}`);
    expect([first?.bytes.length, others]).toEqual([5_000, []]);
    expect(statements(reader, bytes.subarray(5_000, 90_000))).toEqual([undefined]);
    expect(statements(reader, bytes.subarray(90_000))).toEqual([undefined, 'ping']);
  });

  test('may hold what looks like another, or any bytes', () => {
    const value = '\r\n*1\r\n$4\r\nPING\r\n\0\xff';
    expect(statements(new CommandReader(), command('set', 'key', value))).toEqual([`set key ${value}`]);
  });

  test('may be written in one line, as by hand; an empty line is none', () => {
    const reader = new CommandReader();
    expect(statements(reader, Buffer.from('PING\r\n\r\nset key 1\n'))).toEqual(['PING', undefined, 'set key 1']);
    expect(reader.read(Buffer.from('half a li'))).toEqual([]);
    expect(statements(reader, Buffer.from('ne\r\n'))).toEqual(['half a line']);
  });

  test('without words is none', () => {
    expect(statements(new CommandReader(), Buffer.from('*0\r\n*-1\r\n*1\r\n$4\r\nPING\r\n'))).toEqual([
      undefined,
      undefined,
      'PING',
    ]);
  });
});

test.each([
  ['TLS', Buffer.of(22, 3, 1, 2, 0, 1, 0)],
  ['a word without its length', Buffer.from('*1\r\nPING\r\n')],
  ['a length that is none', Buffer.from('*x\r\n')],
  ['a length without an end', Buffer.from(`*${'1'.repeat(40)}`)],
])('what it does not understand passes as it is from there on: %s', (_, bytes) => {
  const reader = new CommandReader();
  expect(reader.read(Buffer.concat([command('ping'), bytes]))).toEqual([
    { bytes: command('ping'), statement: 'ping' },
    { bytes },
  ]);
  expect(reader.read(command('get', 'key'))).toEqual([{ bytes: command('get', 'key') }]);
});

test('however the bytes are cut, nothing is lost and the same commands are found', () => {
  const word = fc.oneof(fc.string({ maxLength: 20 }), fc.constantFrom('\r\n', '$3\r\n', 'x'.repeat(9_000)));
  const commands = fc.array(fc.tuple(fc.constantFrom('get', 'SET', 'incr'), fc.array(word, { maxLength: 4 })), {
    maxLength: 8,
  });
  fc.assert(
    fc.property(commands, fc.array(fc.integer({ min: 1, max: 3_000 })), (list, sizes) => {
      const whole = Buffer.concat(list.map(([name, words]) => command(name, ...words)));
      const reader = new CommandReader();
      const pieces = [];
      for (let at = 0, n = 0; at < whole.length; n++) {
        const size = sizes[n] ?? whole.length;
        pieces.push(...reader.read(whole.subarray(at, at + size)));
        at += size;
      }
      expect(Buffer.concat(pieces.map(({ bytes }) => bytes)).equals(whole)).toBe(true);
      const found = pieces.flatMap(({ statement }) => (statement === undefined ? [] : [statement.split(' ', 1)[0]]));
      expect(found).toEqual(list.map(([name]) => name));
    }),
  );
});

test('a client goes by the name that it gave itself last', () => {
  const reader = new CommandReader();
  reader.read(command('ping'));
  expect(reader.clientName).toBeUndefined();
  reader.read(Buffer.from('CLIENT SETNAME us\r\nPING\r\n'));
  expect(reader.clientName).toBe('us');
  reader.read(Buffer.concat([command('set', 'client setname', 'x'), command('client', 'setname', 'app')]));
  expect(reader.clientName).toBe('app');
});
