import { describe, expect, test } from 'vitest';
import { lastLines } from '../../../src/stack/app/app-log.ts';
import { type CommandOptions, command } from '../../../src/stack/app/command.ts';
import { makeReadyProbe } from '../../../src/stack/app/ready.ts';
import { formatBytes, parseByteSize } from '../../../src/stack/byte-size.ts';

describe('command', () => {
  test('takes an app as it is given, with a free port, 20 s and the folder of the tests by default', () => {
    expect(command(['node', 'main.js'], { ready: '/health' })).toEqual({
      kind: 'command',
      argv: ['node', 'main.js'],
      env: {},
      cwd: process.cwd(),
      ready: '/health',
      port: undefined,
      live: undefined,
      protocol: 'http',
      readyTimeout: 20_000,
      probe: true,
      restart: 'never',
      memoryLimit: undefined,
    });
  });

  test.for<[string, string[], object, string]>([
    ['no program', [], {}, "needs a program and its arguments as strings, such as ['node', 'main.js']; got []"],
    ['a word that is no string', ['node', 3 as unknown as string], {}, 'got ["node",3]'],
    ['no ready', ['node'], { ready: undefined }, "ready must be a path from '/', a RegExp on the output or a function"],
    ['a ready path without a slash', ['node'], { ready: 'health' }, 'got "health"'],
    [
      'a liveness path without a slash',
      ['node'],
      { live: 'health' },
      "live must be a path from '/', such as '/health'",
    ],
    ['port 0', ['node'], { port: 0 }, 'port must be an integer from 1 to 65535, or left out for a free one; got 0'],
    ['port 65536', ['node'], { port: 65_536 }, 'got 65536'],
    ['a port that is a text', ['node'], { port: '80' }, 'got 80'],
    ['a protocol that is none', ['node'], { protocol: 'h2' }, "protocol must be 'http' or 'https'; got \"h2\""],
    ['PORT in env', ['node'], { env: { PORT: '80' } }, 'PORT is set by us; give the option port'],
    ['an undefined variable', ['node'], { env: { URL: undefined } }, 'env.URL must be a string; got undefined'],
    ['a probe that is neither on nor off', ['node'], { probe: 'no' }, 'command: probe must be true or false; got no'],
    [
      'a restart that is none',
      ['node'],
      { restart: 'yes' },
      "command: restart must be 'never' or 'always'; got \"yes\"",
    ],
    ['a memory limit of nothing', ['node'], { memoryLimit: 0 }, 'memoryLimit must be a number of bytes above 0'],
    ['a memory limit without a meaning', ['node'], { memoryLimit: '1 pound' }, 'got "1 pound"'],
    ['a wrong duration', ['node'], { readyTimeout: '5 sec' }, 'command: readyTimeout must be milliseconds'],
  ])('refuses %s', ([, argv, options, message]) => {
    expect(() => command(argv, { ready: '/health', ...options } as CommandOptions)).toThrow(
      expect.objectContaining({ name: 'TypeError', message: expect.stringContaining(message) as string }),
    );
  });
});

test.for([
  ['512MB', 512_000_000, '512 MB'],
  ['1.5 GiB', 1_610_612_736, '1.6 GB'],
  ['64KiB', 65_536, '66 KB'],
  [4_096, 4_096, '4 KB'],
] as const)('a memory limit of %s is %d bytes', ([size, count, shown]) => {
  expect(parseByteSize(size, 'size')).toBe(count);
  expect(formatBytes(count)).toBe(shown);
});

describe('an app is ready', () => {
  test('by its output, also for a pattern that remembers where it was', async () => {
    let output = 'starting\n';
    const probe = makeReadyProbe(/up on \d+/gy, 'http://127.0.0.1:1', () => output);
    expect(probe.awaited).toBe('/up on \\d+/gy in its output');
    expect(await probe.look()).toBe('no such line yet');
    output += 'up on 80\n';
    expect([await probe.look(), await probe.look()]).toEqual([undefined, undefined]);
  });

  test('by its function, unless that resolves to false or rejects', async () => {
    const answers = [() => Promise.reject(new Error('no')), async () => false, async () => undefined];
    const probe = makeReadyProbe(
      () => (answers.shift() as () => Promise<unknown>)(),
      'http://127.0.0.1:1',
      () => '',
    );
    expect([await probe.look(), await probe.look(), await probe.look()]).toEqual([
      'it rejected: no',
      'it resolved to false',
      undefined,
    ]);
  });
});

test('the last lines of a text are without the break at its end', () => {
  expect(lastLines('a\nb\nc\n', 2)).toBe('b\nc');
  expect(lastLines('a\n', 2)).toBe('a');
  expect(lastLines('', 2)).toBe('');
});
