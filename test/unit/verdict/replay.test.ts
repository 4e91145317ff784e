import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { keepOrigin, type Origin } from '../../../src/verdict/origin.ts';
import { messageOf } from '../../../src/verdict/words/messages.ts';
import { commandOf, replayText } from '../../../src/verdict/words/replay.ts';
import { errorRateBelow } from '../asked.ts';
import { outage, steady } from './literals.ts';

const origin: Origin = {
  project: 'perf',
  file: 'test/perf/outage.test.ts',
  fullName: 'Redis > orders survive a Redis outage',
  folder: 'breaking-point-results/outage-1',
  isTrial: false,
};

function made(by: Partial<Origin> = {}) {
  const recording = steady({ rate: 100, seconds: 10 }, () => ({ category: '503' }));
  keepOrigin(recording, { ...origin, ...by });
  return recording;
}

beforeEach(() => {
  for (const name of ['PROFILE', 'TARGET', 'STRICT', 'RUNTIME']) vi.stubEnv(`BREAKING_POINT_${name}`, undefined);
});
afterEach(() => void vi.unstubAllEnvs());

describe('what replays a run', () => {
  test('is one line for a shell that runs it five times, beside where its recording is', () => {
    expect(replayText(made())).toBe(
      [
        'To replay it 5 times and see how many fail (the same requests at the same times; what they meet may interleave differently):',
        "  BREAKING_POINT_SEED=42 npx vitest run test/perf/outage.test.ts --project perf -t '^Redis > orders survive a Redis outage$' --repeats 4",
        'Recording and logs: breaking-point-results/outage-1',
      ].join('\n'),
    );
  });

  test('runs once what was repeated already, and a whole search', () => {
    const line =
      "\n  BREAKING_POINT_SEED=42 npx vitest run test/perf/outage.test.ts --project perf -t '^Redis > orders survive a Redis outage$'\n";
    expect(replayText(made(), true)).toContain(line);
    expect(replayText(made({ isTrial: true }))).toContain(line);
  });

  test('takes a title as it stands, although Vitest and the shell have signs of their own', () => {
    expect(commandOf({ project: '', file: 'a b.test.ts', fullName: "it's $5 (or 5.0)" }, 7)).toBe(
      "BREAKING_POINT_SEED=7 npx vitest run 'a b.test.ts' -t '^it'\\''s \\$5 \\(or 5\\.0\\)$'",
    );
  });

  test('finds the test by its whole name, of whatever signs, and no test whose name contains it', () => {
    for (const fullName of ['a', 'a > b', 'two\nlines', 'back\\slash | {x}', '^$', 'é ✓']) {
      const [, pattern = ''] = / -t '(.*)'$/s.exec(commandOf({ project: '', file: 'a.test.ts', fullName }, 7)) ?? [];
      expect(fullName).toMatch(new RegExp(pattern));
      expect(`${fullName} more`).not.toMatch(new RegExp(pattern));
      expect(`more ${fullName}`).not.toMatch(new RegExp(pattern));
      expect(pattern).not.toContain('\n');
    }
  });

  test('has the settings that the run was made with', () => {
    vi.stubEnv('BREAKING_POINT_PROFILE', 'full');
    vi.stubEnv('BREAKING_POINT_STRICT', '1');
    expect(commandOf(origin, 7)).toMatch(
      /^BREAKING_POINT_SEED=7 BREAKING_POINT_PROFILE=full BREAKING_POINT_STRICT=1 npx vitest run /,
    );
  });

  test('is the seed alone where nobody knows the test', () => {
    expect(replayText(outage())).toMatch(/^BREAKING_POINT_SEED=42 replays it: the same requests/);
  });
});

describe('a message', () => {
  const message = (recording = made()) =>
    messageOf(recording, [errorRateBelow(recording, 0.01)], { isNot: false, title: '' });

  test('has what broke in its first line, what was seen, what to do, and what replays it, as paragraphs', () => {
    expect(message().split('\n\n')).toEqual([
      'Error rate over the whole run must be < 1 %, seen: 100 %.',
      '1,000 of 1,000 operations over the whole run failed: 503 (1,000).',
      "503: the app answered, with an error of its own; its log, beside the recording, may name the reason.\nWithout any fault a healthy service answers every request: start with the app's log.",
      'Measured on 1,000 samples, where 300 are enough. The load was sent as planned, at most 0.0 ms late.\n95 % interval: 99.63 % to 100 %.',
      expect.stringMatching(/^To replay it 5 times/),
    ]);
  });

  test('about a trial leaves the replay to the search', () => {
    expect(message(made({ isTrial: true }))).not.toContain('BREAKING_POINT_SEED');
  });
});
