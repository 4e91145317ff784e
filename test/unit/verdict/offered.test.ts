import { expect, test } from 'vitest';
import { recordingOf } from '../../../src/recording/literal.ts';
import type { Recording } from '../../../src/recording/recording.ts';
import { rowsFor } from '../../../src/verdict/rows/rows.ts';
import { sustainRps } from '../asked.ts';

const keptUp = (recording: Recording) => rowsFor(recording, [])[0]?.because;

/** 200 operations in the first second, 400 in the second, each answered in 1 ms. */
const staged = (missing = 0) => {
  const first = Array.from({ length: 200 }, (_, n) => ({ dueAt: n * 5 }));
  const second = Array.from({ length: 400 }, (_, n) => ({ dueAt: 1_000 + n * 2.5 }));
  const operations = [...first, ...second].map((operation, n) =>
    n < missing ? { ...operation, category: '503' } : operation,
  );
  return recordingOf({
    operations,
    duration: 2_000,
    generator: { offeredRate: undefined, load: 'arrivals in stages' },
  });
};

test('stages that offered less than a rate cannot show whether the app sustains it', () => {
  const judgement = sustainRps(staged(), 500);
  expect(judgement.status).toBe('unknown');
  expect(judgement.because).toContain(
    'arrivals in stages offered 300/s, which cannot show whether the app sustains 500/s',
  );
});

test('a stage is judged by what was due in it, not by the mean of all', () => {
  const recording = staged();
  const late = { recording, name: 'the second stage', from: 1_000, to: 2_000, faults: [] };
  expect(sustainRps(late, 400).status).toBe('pass');
  expect(sustainRps({ ...late, name: 'the first', from: 0, to: 1_000 }, 300).status).toBe('unknown');
});

test('an app that fails what was offered in stages fails', () => {
  expect(sustainRps(staged(100), 300).status).toBe('fail');
});

test('stages that the app kept up with show no more than what they offered', () => {
  expect(keptUp(staged())).toContain('offered no more than 300/s and the app kept up');
  expect(keptUp(staged(100))).not.toContain('kept up');
});

test('arrivals drawn at random offer fewer than their rate now and then, which is not the fault of the app', () => {
  // 200/s for 2 s drew 380 instead of 400: all were answered.
  const operations = Array.from({ length: 380 }, (_, n) => ({ dueAt: (n * 2_000) / 380 }));
  const drawn = recordingOf({ operations, duration: 2_000, generator: { offeredRate: 200 } });
  expect(sustainRps(drawn, 200).status).toBe('pass');
  expect(keptUp(drawn)).toContain('offered no more than 200/s');
});
