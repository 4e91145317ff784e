import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loadRecording, saveRecording } from '../../../src/recording/file/file.ts';
import { recordingOf } from '../../../src/recording/literal.ts';
import { applyEachOnce } from '../../../src/verdict/checks/apply-each-once.ts';
import { loseNothing } from '../../../src/verdict/checks/lose-nothing.ts';
import { oneWinner } from '../../../src/verdict/checks/one-winner.ts';
import { meet } from '../../../src/verdict/metrics/meet.ts';
import { winRateAbove } from '../asked.ts';

const stateUnread = 'connect ECONNREFUSED 127.0.0.1:5432';
const because = expect.stringContaining(
  'The final state could not be read after the load, so nobody knows what was lost: connect ECONNREFUSED 127.0.0.1:5432.',
);

describe('a final state that was asked for and could not be read', () => {
  const orders = recordingOf({ operations: [{ key: 'a' }, { key: 'b' }], stateUnread });

  it('leaves unknown what was lost or applied twice, and says why', () => {
    expect(loseNothing(orders)).toMatchObject({ status: 'unknown', because });
    expect(applyEachOnce(orders)).toMatchObject({ status: 'unknown', because: expect.stringContaining(stateUnread) });
  });

  it('is no way around a target that lets nothing be lost', () => {
    expect(meet(orders, { lost: { atMost: 0 } })).toMatchObject([{ metric: 'lost', status: 'unknown', because }]);
  });

  const race = (key: string, winners: number) =>
    ['X', 'Y'].map((value, index) => ({
      ...{ key, value, dueAt: 0, startedAt: 0, endedAt: 10 },
      category: index < winners ? 'ok' : '409',
      outcome: index < winners ? ('ok' as const) : ('failed' as const),
    }));
  const races = (winners: number) =>
    recordingOf({
      operations: Array.from({ length: 20 }, (_, n) => race(`r${n}`, winners)).flat(),
      generator: { loop: 'race' },
      stateUnread,
    });

  it('leaves unknown whether each race has the winner that was kept', () => {
    expect(oneWinner(races(1))).toMatchObject({ status: 'unknown', because: expect.stringContaining(stateUnread) });
    expect(winRateAbove(races(1), 0.99)).toMatchObject({ status: 'unknown' });
  });

  it('takes no witness back: two acknowledged winners fail all the same', () => {
    expect(oneWinner(races(2))).toMatchObject({ status: 'fail', witness: true });
  });
});

describe('a final state that had not come to rest', () => {
  const raced = (after: { key: string; value: string }[]) =>
    recordingOf({
      operations: Array.from({ length: 20 }, (_, n) =>
        ['X', 'Y'].map((value) => ({ key: `r${n}`, value, endedAt: 10, category: value === 'X' ? 'ok' : '409' })),
      ).flat(),
      generator: { loop: 'race' },
      finalState: { after, settled: false },
    });
  const kept = Array.from({ length: 20 }, (_, n) => ({ key: `r${n}`, value: 'X' }));

  it('may yet name a winner that it does not name, or another one', () => {
    for (const after of [[], kept]) {
      const judged = oneWinner(raced(after));
      expect(judged).toMatchObject({ status: 'unknown', because: expect.stringContaining('still changing') });
      expect(winRateAbove(raced(after), 0.5).status).toBe('unknown');
    }
  });

  it('is a witness of the two winners that it names', () => {
    const second = { key: 'r7', value: 'Y' };
    expect(oneWinner(raced([...kept, second]))).toMatchObject({ status: 'fail', witness: true });
  });
});

it('the reason comes back from the file of a recording', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'unread-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'recording.bin');
  await saveRecording(recordingOf({ operations: [{}], stateUnread }), path);
  expect((await loadRecording(path)).stateUnread).toBe(stateUnread);
  await saveRecording(recordingOf({ operations: [{}] }), path);
  expect((await loadRecording(path)).stateUnread).toBeUndefined();
});
