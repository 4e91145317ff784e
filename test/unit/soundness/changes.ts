import { type Duration, milliseconds } from '../../../src/duration.ts';
import type { Operation } from '../../../src/recording/columns.ts';
import { drawnShare, type History } from './histories.ts';
import { type Draw, isOk } from './worsenings.ts';

/** The same run with fewer of the operations that went well and took less than `limit` milliseconds. */
export function withFewer(history: History, { salt, share }: Draw, limit: number): History {
  const gone = history.operations.map((one, n) => isOk(one) && tookOf(one) < limit && drawnShare(n, salt) < share);
  const keys = new Set(history.operations.filter((_, n) => gone[n]).map(({ key }) => key));
  const after = history.finalState.after.filter(({ key }) => !keys.has(key));
  return {
    ...history,
    operations: history.operations.filter((_, n) => !gone[n]),
    finalState: { ...history.finalState, after },
  };
}

/** The same races but for some of those that had one winner and whose losers were told so. */
export function withFewerRaces(history: History, { salt, share }: Draw): History {
  const strange = new Set(
    history.operations.filter(({ category }) => category !== 'ok' && category !== '409').map(({ key }) => key),
  );
  const races = [...new Set(history.operations.map(({ key }) => key))];
  const clean = races.filter((key) => {
    const winners = history.operations.filter((one) => one.key === key && isOk(one));
    return !strange.has(key) && winners.length === 1;
  });
  const gone = new Set(clean.filter((_, n) => drawnShare(n, salt) < share));
  return {
    ...history,
    operations: history.operations.filter(({ key }) => !gone.has(key)),
    finalState: { ...history.finalState, after: history.finalState.after.filter(({ key }) => !gone.has(key)) },
  };
}

/** The generator stands still once more. What was due or answered meanwhile is sent and seen at its end. */
export function withStall(history: History, { from, salt }: Draw): History {
  const begin = from * history.duration;
  const end = Math.min(history.duration, begin + 20 + (salt % 2_000));
  const stalls = [...(history.generator?.stalls ?? []), [begin, end] as const];
  const isClosed = history.generator?.loop === 'closed';
  const operations = isClosed ? paused(history, begin, end) : delayed(history, begin, end);
  const sent = new Set(operations.map(({ key }) => key));
  const after = history.finalState.after.filter(({ key }) => sent.has(key));
  const finalState = { ...history.finalState, after };
  return { ...history, operations, finalState, generator: { ...history.generator, stalls } };
}

/** An open loop sends late what was due. */
function delayed({ operations }: History, begin: number, end: number): Partial<Operation>[] {
  const later = (instant: number) => (instant >= begin && instant < end ? end : instant);
  return operations.map((one) => {
    if (one.category === 'saturated' || one.category === 'unsent') return one;
    const startedAt = (one.startedAt ?? one.dueAt) as number;
    const endedAt = (one.endedAt ?? startedAt + 1) as number;
    const sentAt = later(startedAt);
    return { ...one, startedAt: sentAt, endedAt: later(sentAt + endedAt - startedAt) };
  });
}

/** A closed loop goes on where it was. */
function paused({ operations, duration }: History, begin: number, end: number): Partial<Operation>[] {
  const later = (instant: number | undefined) =>
    (instant as number) >= begin ? (instant as number) + end - begin : instant;
  return operations
    .map((one) => {
      const [dueAt, startedAt, endedAt] = [one.dueAt, one.startedAt ?? one.dueAt, one.endedAt].map(later);
      return {
        ...one,
        dueAt: dueAt as number,
        startedAt: startedAt as number,
        ...(endedAt !== undefined && { endedAt }),
      };
    })
    .filter((one) => one.dueAt < duration);
}

/** Some operations were never sent, through the generator's own fault. */
export function withUnsent(history: History, { salt, share, from }: Draw): History {
  const operations = history.operations.map((one, n) => {
    const { dueAt = 0, key, name } = one;
    if (one.category === 'saturated' || dueAt < from * history.duration || drawnShare(n, salt) >= share) return one;
    return { dueAt, ...(key && { key }), ...(name && { name }), category: 'unsent' };
  });
  return { ...history, operations };
}

/** The run goes on, well, for as long again. */
export function continuedWell(history: History): History {
  const { duration, finalState } = history;
  const rate = (history.operations.length * 1_000) / duration;
  const more = Array.from({ length: Math.ceil((rate * duration) / 1_000) }, (_, n) => {
    const dueAt = duration + (n * 1_000) / rate;
    return { dueAt, endedAt: dueAt + 1, key: `more${n}`, name: 'order' };
  });
  const after = [...finalState.after, ...more.map(({ key }) => ({ key, value: undefined }))];
  return {
    ...history,
    operations: [...history.operations, ...more],
    duration: duration * 2,
    finalState: { ...finalState, after },
  };
}

/** All but the winner of each race did not get as far as the race. */
export function withoutRivals(history: History, { salt }: Draw): History {
  const [category] = [['401', 'refused', '429', '400', 'timeout'][salt % 5] as string];
  const operations = history.operations.map((one) => {
    const { outcome: _, ...rest } = one;
    return isOk(one) ? one : { ...rest, category };
  });
  return { ...history, operations };
}

/** Everything that is due in a span fails. */
export function withOutage(history: History, from: number, to: number): History {
  const operations = history.operations.map((one) => {
    const dueAt = one.dueAt as number;
    if (dueAt < from || dueAt >= to || one.category === 'unsent') return one;
    const { outcome: _, ...rest } = one;
    return { ...rest, category: '503', startedAt: dueAt, endedAt: dueAt + 1 };
  });
  return { ...history, operations };
}

/** The operations of other names go wrong, or of the same names once the first fault is asked for. */
export function withTroubleElsewhere(history: History, isElsewhere: (one: Partial<Operation>) => boolean): History {
  const operations = history.operations.map((one) => {
    if (!isElsewhere(one) || one.category === 'unsent') return one;
    const { outcome: _, ...rest } = one;
    const startedAt = (one.startedAt ?? one.dueAt) as number;
    // The connections of a closed loop stay as busy as they were.
    const endedAt = history.generator?.loop === 'closed' ? (one.endedAt as number) : startedAt + 2_000;
    return { ...rest, category: '503', startedAt, endedAt };
  });
  return { ...history, operations };
}

/** The same run, with every instant later by `by` milliseconds. Nothing happens before. */
export function shifted(history: History, by: number): History {
  const { generator, faults, operations, series, polls } = history;
  const later = (instant: number | undefined) => (instant === undefined ? Number.NaN : instant + by);
  return {
    ...history,
    duration: history.duration + by,
    operations: operations.map((one) => ({
      ...one,
      dueAt: later(one.dueAt),
      ...(one.startedAt !== undefined && { startedAt: later(one.startedAt) }),
      ...(one.endedAt !== undefined && { endedAt: later(one.endedAt) }),
    })),
    generator: { ...generator, stalls: (generator?.stalls ?? []).map(([from, to]) => [from + by, to + by] as const) },
    faults: faults.map((fault) => ({
      ...fault,
      askedAt: later(fault.askedAt),
      inEffectAt: later(fault.inEffectAt),
      healAskedAt: later(fault.healAskedAt),
      healedAt: later(fault.healedAt),
    })),
    series: series.map((one) => ({ ...one, at: one.at.map(later) })),
    polls: polls.map((one) => ({ ...one, at: one.at.map(later) })),
  };
}

/** Changes that say the same in another way. */
export const sameInOtherWords: Readonly<Record<string, (history: History, draw: Draw) => History>> = {
  'other names of keys': (history) => {
    const renamed = (key: string) => `another-${key}-of-${key.length}`;
    return {
      ...history,
      operations: history.operations.map((one) => (one.key === undefined ? one : { ...one, key: renamed(one.key) })),
      finalState: {
        ...history.finalState,
        after: history.finalState.after.map(({ key, value }) => ({ key: renamed(key), value })),
      },
    };
  },
  'another order of rows': (history, { salt }) => ({
    ...history,
    operations: history.operations
      .map((one, n) => ({ one, place: drawnShare(n, salt) }))
      .toSorted((a, b) => a.place - b.place)
      .map(({ one }) => one),
  }),
  'another day': (history) => ({ ...history, startedAt: '2031-07-08T23:59:59.000Z', seed: 99 }),
};

/** A bound as a number: milliseconds, per cent, or itself. */
export function numberOf(bound: string | number): number {
  if (typeof bound === 'number') return bound;
  return bound.endsWith('%') ? Number.parseFloat(bound) : milliseconds(bound as Duration, 'bound');
}

function tookOf(one: Partial<Operation>): number {
  return (one.endedAt ?? (one.dueAt as number) + 1) - (one.dueAt as number);
}
