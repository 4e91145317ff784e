import { describe, expect, it, vi } from 'vitest';
import { drawUpLedger } from '../../src/analysis/keys/ledger.ts';
import { readState, type StateReader, settledState, stateAfter, stateBefore } from '../../src/final-state.ts';
import { recordingOf } from '../../src/recording/literal.ts';
import type { StateRow } from '../../src/recording/recording.ts';

const settling = {
  before: [],
  acknowledged: new Set<string>(),
  limit: 10_000,
  waiting: () => true,
  signal: new AbortController().signal,
  readEvery: 1,
};

/** Answers each read with the next list of keys, and the last one for ever. */
function reads(...lists: string[][]): { reader: StateReader; count: () => number } {
  let n = 0;
  return {
    reader: () => (lists[Math.min(n++, lists.length - 1)] as string[]).map((key) => ({ key })),
    count: () => n,
  };
}

describe('a final state', () => {
  it('is rows with a key and perhaps a value, as text', async () => {
    const rows = await readState(() => [{ key: 1, value: 2n }, { key: 'a', value: null }, { key: 'b' }]);
    expect(rows).toEqual([
      { key: '1', value: '2' },
      { key: 'a', value: null },
      { key: 'b', value: undefined },
    ]);
  });

  it('has a date as an app writes it into JSON, without the quotes', async () => {
    const rows = await readState(() => [{ key: new Date(0), value: { at: new Date(0) } }]);
    expect(rows).toEqual([{ key: '1970-01-01T00:00:00.000Z', value: '{"at":"1970-01-01T00:00:00.000Z"}' }]);
  });

  it.each(['Asia/Tokyo', 'Europe/Berlin', 'America/New_York', 'UTC'])(
    'has a DATE as it is written, in whatever zone it is read: %s',
    async (zone) => {
      vi.stubEnv('TZ', zone);
      // As drivers read a DATE: midnight of this process' zone.
      const [row] = await readState(() => [{ key: new Date(2026, 2, 1) }]);
      const operations = [{ key: '2026-03-01' }, { key: '2026-03-02' }];
      const recording = recordingOf({ operations, finalState: { after: [row as StateRow] } });
      expect(drawUpLedger(recording)).toMatchObject({ lost: [{ key: '2026-03-02' }], unexpected: [] });
      const time = new Date(Date.UTC(2026, 2, 1, 10, 30));
      expect(await readState(() => [{ key: time }])).toEqual([{ key: '2026-03-01T10:30:00.000Z', value: undefined }]);
      vi.unstubAllEnvs();
    },
  );

  it('without keys is refused, with the remedy', async () => {
    await expect(readState(() => [{ value: 'x' }])).rejects.toThrow(
      'every row needs a key (select ... as key); got {"value":"x"}',
    );
    await expect(readState((() => 'rows') as unknown as StateReader)).rejects.toThrow('must return an array of rows');
  });
});

describe('waiting for the final state', () => {
  it('ends when two reads agree and nothing acknowledged is missing', async () => {
    const { reader, count } = reads(['a'], ['a', 'b'], ['a', 'b']);
    const state = await settledState(reader, { ...settling, acknowledged: new Set(['a']) });
    expect(count()).toBe(3);
    expect(state).toMatchObject({ settled: true });
    expect(state.after.map((row) => row.key)).toEqual(['a', 'b']);
  });

  it('does not wait for a key that is there in another notation of its date', async () => {
    const { reader, count } = reads(['2026-03-01']);
    const acknowledged = new Set(['2026-03-01T00:00:00.000Z']);
    expect((await settledState(reader, { ...settling, acknowledged })).settled).toBe(true);
    expect(count()).toBe(2);
  });

  it('does not take a queue that has not begun to drain for a loss', async () => {
    const { reader } = reads(['a'], ['a'], ['a', 'b'], ['a', 'b']);
    const state = await settledState(reader, { ...settling, acknowledged: new Set(['a', 'b']) });
    expect(state.after).toHaveLength(2);
    expect(state.settled).toBe(true);
  });

  it('takes two equal reads for the end when the app has exited: nobody could still write', async () => {
    const { reader, count } = reads(['a']);
    const state = await settledState(reader, { ...settling, acknowledged: new Set(['a', 'b']), waiting: () => false });
    expect(count()).toBe(2);
    expect(state).toMatchObject({ settled: true });
  });

  it('is given up when the time is over: settled if it lay still, not if it still moved', async () => {
    const still = await settledState(reads(['a']).reader, { ...settling, acknowledged: new Set(['b']), limit: 10 });
    expect(still.settled).toBe(true);
    let n = 0;
    const moving = await settledState(() => [{ key: `${n++}` }], { ...settling, limit: 10 });
    expect(moving.settled).toBe(false);
  });

  it('sees a row that came twice as a change', async () => {
    const { reader, count } = reads(['a'], ['a', 'a'], ['a', 'a']);
    const state = await settledState(reader, { ...settling, acknowledged: new Set(['a']) });
    expect(count()).toBe(3);
    expect(state.after).toHaveLength(2);
  });

  it('can be cancelled', async () => {
    const cancel = new AbortController();
    const waiting = settledState(reads(['a']).reader, {
      ...settling,
      acknowledged: new Set(['b']),
      signal: cancel.signal,
    });
    cancel.abort(new Error('cancelled'));
    await expect(waiting).rejects.toThrow();
  });
});

describe('a final state that cannot be read', () => {
  const broken = () => Promise.reject(new Error('connection refused'));

  it('before the load ends the run before it begins', async () => {
    await expect(stateBefore(broken, 10_000)).rejects.toThrow(
      'finalState could not be read before the load (settle 10.0 s): connection refused',
    );
  });

  it('after the load is said with its cause, once the time to settle is over', async () => {
    await expect(stateAfter(broken, { ...settling, limit: 10 })).resolves.toEqual({
      finalState: undefined,
      stateUnread: 'connection refused',
    });
  });

  it('for a moment only is read again', async () => {
    const { reader } = reads(['a']);
    let failures = 2;
    const state = await stateAfter(() => (failures-- > 0 ? broken() : reader()), settling);
    expect(state).toMatchObject({ finalState: { after: [{ key: 'a' }], settled: true } });
    expect(state.stateUnread).toBeUndefined();
  });

  it('is no state when none was asked for', async () => {
    await expect(stateAfter(undefined, settling)).resolves.toEqual({ finalState: undefined });
  });

  it('does not keep a test that was cancelled', async () => {
    const cancel = new AbortController();
    const waiting = stateAfter(() => new Promise(() => undefined), { ...settling, signal: cancel.signal });
    cancel.abort(new Error('cancelled'));
    await expect(waiting).rejects.toThrow('cancelled');
  });
});
