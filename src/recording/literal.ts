import type { Operation, Outcome } from './columns.ts';
import { ColumnsBuilder } from './columns-builder.ts';
import { type FaultRecord, type FinalState, Recording, type RecordingData, type StateRow } from './recording.ts';

/** A final state with what matters; a row that is only a key may be written as the text. */
export interface LiteralFinalState extends Partial<Omit<FinalState, 'before' | 'after'>> {
  readonly before?: readonly (string | StateRow)[];
  readonly after: readonly (string | StateRow)[];
}

/** A recording with what matters to a test; everything else has a default. */
export interface LiteralRecording
  extends Partial<Omit<RecordingData, 'columns' | 'generator' | 'faults' | 'finalState'>> {
  readonly operations: readonly Partial<Operation>[];
  readonly generator?: Partial<RecordingData['generator']>;
  readonly faults?: readonly Partial<FaultRecord>[];
  readonly finalState?: LiteralFinalState;
}

/**
 * A recording written by hand, for tests. An operation is due at 0, sent when due, and answered 1 ms later with `ok`;
 * an outcome alone brings its category (`failed` refused, `unknown` timeout) and a category alone its outcome.
 * `saturated` and `unsent` are never sent. A `kind` brings its name. The loop is open, and the run ends at the first
 * whole second after the last operation was due.
 */
export function recordingOf(literal: LiteralRecording): Recording {
  const builder = new ColumnsBuilder();
  let lastDue = 0;
  for (const partial of literal.operations) {
    const operation = operationOf(partial);
    lastDue = Math.max(lastDue, operation.dueAt);
    builder.push(operation);
  }
  const { finalState } = literal;
  return new Recording({
    columns: builder.columns(),
    generator: {
      load: 'a literal load',
      loop: 'open',
      offeredRate: undefined,
      stalls: [],
      connections: undefined,
      ...literal.generator,
    },
    duration: literal.duration ?? Math.floor(lastDue / 1_000) * 1_000 + 1_000,
    faults: (literal.faults ?? []).map(faultOf),
    finalState: finalState && {
      before: (finalState.before ?? []).map(stateRowOf),
      after: finalState.after.map(stateRowOf),
      settled: finalState.settled ?? true,
      settleTime: finalState.settleTime ?? 500,
    },
    stateUnread: literal.stateUnread,
    exits: literal.exits ?? [],
    series: literal.series ?? [],
    polls: literal.polls,
    statements: literal.statements,
    notes: literal.notes,
    seed: literal.seed ?? 1,
    startedAt: literal.startedAt ?? '2026-01-01T00:00:00.000Z',
  });
}

function operationOf(partial: Partial<Operation>): Operation {
  const category = partial.category ?? categoryOf(partial.outcome ?? 'ok');
  const dueAt = partial.dueAt ?? 0;
  const neverSent = category === 'saturated' || category === 'unsent';
  const startedAt = partial.startedAt ?? (neverSent ? Number.NaN : dueAt);
  return {
    ...partial,
    dueAt,
    startedAt,
    endedAt: partial.endedAt ?? startedAt + 1,
    outcome: partial.outcome ?? outcomeOf(category),
    category,
    key: partial.key,
    name: partial.name ?? partial.kind ?? 'request',
    value: partial.value,
  };
}

function categoryOf(outcome: Outcome): string {
  return { ok: 'ok', failed: 'refused', unknown: 'timeout' }[outcome];
}

function outcomeOf(category: string): Outcome {
  if (category === 'ok') return 'ok';
  return category === 'timeout' || category === 'reset' || category === 'empty' || category.startsWith('5')
    ? 'unknown'
    : 'failed';
}

function faultOf(partial: Partial<FaultRecord>): FaultRecord {
  const inEffectAt = partial.inEffectAt ?? 0;
  const healedAt = partial.healedAt ?? Number.NaN;
  const kind = partial.kind ?? 'refuse';
  const service = partial.service ?? 'redis';
  return {
    name: `${kind}(${service})`,
    kind,
    service,
    serviceKind: service,
    askedAt: inEffectAt,
    inEffectAt,
    healAskedAt: healedAt,
    healedAt,
    instants: {},
    bite: { connectionsBefore: 1, seenAtStart: true, seenBeforeEnd: true, detail: 'a literal fault' },
    ...partial,
  };
}

function stateRowOf(row: string | StateRow): StateRow {
  return typeof row === 'string' ? { key: row, value: undefined } : row;
}
