import { expect, test } from 'vitest';
import { dialTrouble, filesTrouble, oncePerSecond, type Trouble } from '../../../src/proxy/trouble.ts';

test('equal troubles are told once a second, others at once', () => {
  const told: string[] = [];
  let now = 5_000;
  const report = oncePerSecond(
    ({ proxy, error }) => told.push(`${proxy} ${error} ${now}`),
    () => now,
  );
  const down = (proxy: string): Trouble => ({ proxy, message: 'down', error: 'refused' });
  for (const at of [5_000, 5_400, 5_999, 6_000, 6_500]) {
    now = at;
    report(down('a'));
    if (at === 5_400) report(down('b'));
  }
  expect(told).toEqual(['a refused 5000', 'b refused 5400', 'a refused 6000']);
});

test('a dial that failed for want of files is a trouble of files, not of the upstream', () => {
  const noFiles = Object.assign(new Error('connect EMFILE 127.0.0.1:1'), { code: 'EMFILE' });
  expect(dialTrouble('a', '127.0.0.1:1', noFiles)).toEqual({
    ...filesTrouble('connect EMFILE 127.0.0.1:1'),
    proxy: 'a',
  });
  expect(dialTrouble('a', 'nowhere:1', new Error('getaddrinfo ENOTFOUND nowhere'))).toEqual({
    proxy: 'a',
    message: "The upstream nowhere:1 can't be reached; its clients are closed",
    error: 'getaddrinfo ENOTFOUND nowhere',
  });
});
