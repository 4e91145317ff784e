import { expect, test } from 'vitest';
import { countErrorsBefore } from '../../../src/analysis/window/errors.ts';
import { recordingOf } from '../../../src/recording/literal.ts';
import { errorRateBelow, successAbove } from '../asked.ts';

/** 10 s at 100/s with a fault from 4 to 6 s. @param category of the operation that is due at an instant */
function recorded(category: (at: number) => string) {
  const operations = Array.from({ length: 1_000 }, (_, n) => ({ dueAt: n * 10, category: category(n * 10) }));
  return recordingOf({ operations, faults: [{ kind: 'refuse', inEffectAt: 4_000, healedAt: 6_000 }] });
}

const inFault = (at: number) => at >= 4_000 && at < 6_000;
/** One in 50 all the time. */
const flawed = (at: number) => (at % 500 === 0 ? '404' : 'ok');

test('errors of a kind that was there before the fault are told apart from what is new', () => {
  const recording = recorded((at) => (inFault(at) && at % 100 === 50 ? '503' : flawed(at)));
  const judgement = errorRateBelow(recording.during, 0.02);
  expect(judgement.status).toBe('fail');
  expect(judgement.because).toContain(
    'Before the fault 8 of 400 operations failed already, with 404 (2 % of operations then, 2 % here). New since then: 503 (20).',
  );
});

test('where the bound did not hold before the fault either, it says so in place of what a healthy service does in it', () => {
  const { because, status } = errorRateBelow(recorded(flawed).during, 0.015);
  expect(status).toBe('fail');
  expect(because).toContain("; so these are not the fault's doing alone. No other category is new.");
  expect(because).toContain('Before the fault the bound did not hold either: start with a run without faults.');
  expect(because).not.toContain('A healthy service goes on without Redis');
  expect(successAbove(recorded(flawed).after, 0.985, 'availability').because).toContain(
    'Before the fault the bound did not hold either',
  );
});

test('a fault that brought all the errors is blamed for them', () => {
  const { because } = errorRateBelow(
    recorded((at) => (inFault(at) ? '503' : at === 0 ? 'timeout' : 'ok')).during,
    0.02,
  );
  expect(because).not.toContain('before the fault already');
  expect(because).toContain('A healthy service goes on without Redis');
});

test('only windows that begin at a fault or after it have a time before', () => {
  const recording = recorded(flawed);
  expect(countErrorsBefore(recording)).toBeUndefined();
  expect(countErrorsBefore(recording.before)).toBeUndefined();
  expect(countErrorsBefore(recording.during.named('request'))).toMatchObject({ operations: 400, errors: { worst: 8 } });
  expect(
    countErrorsBefore(recordingOf({ operations: [{ dueAt: 5 }], faults: [{ inEffectAt: 0 }] }).during),
  ).toBeUndefined();
});

test('what was under way when the fault began was not wrong before it', () => {
  const before = { dueAt: 3_000, endedAt: 3_010, category: '404' };
  const met = { dueAt: 3_990, endedAt: 4_005, category: '503' };
  const recording = recordingOf({
    operations: [before, met, { dueAt: 4_500, category: '503' }],
    faults: [{ kind: 'refuse', inEffectAt: 4_000, healedAt: 6_000 }],
  });
  expect(countErrorsBefore(recording.during)).toMatchObject({ operations: 1, byCategory: new Map([['404', 1]]) });
});
