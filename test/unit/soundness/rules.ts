import { mergeColumns } from '../../../src/load/rows/merge-columns.ts';
import type { Columns } from '../../../src/recording/columns.ts';
import { recordingOf } from '../../../src/recording/literal.ts';
import { Recording, type Window } from '../../../src/recording/recording.ts';
import { holds, type Relation } from '../../../src/verdict/bound.ts';
import { judge } from '../../../src/verdict/judge.ts';
import type { Status } from '../../../src/verdict/judgement.ts';
import type { Metric } from '../../../src/verdict/metric.ts';
import { meet } from '../../../src/verdict/metrics/meet.ts';
import type { Row } from '../../../src/verdict/rows/result.ts';
import { rowsFor } from '../../../src/verdict/rows/rows.ts';
import { type Assertion, statusOf } from './assertions.ts';
import {
  continuedWell,
  numberOf,
  sameInOtherWords,
  shifted,
  withFewer,
  withFewerRaces,
  withOutage,
  withoutRivals,
  withStall,
  withTroubleElsewhere,
  withUnsent,
} from './changes.ts';
import { drawnShare, type History } from './histories.ts';
import { type Draw, worsenings } from './worsenings.ts';

/** A rule that every assertion must keep. @returns how it is broken; undefined where it is kept */
export type Rule = (history: History, draw: Draw, assertion: Assertion) => string | undefined;

const rank: Readonly<Record<Status, number>> = { fail: 0, unknown: 1, pass: 2 };

/** The rules of a sound judgement, by what they say. */
export const rules: Readonly<Record<string, Rule>> = {
  'a worse operation never gives a better verdict': (history, draw, assertion) =>
    firstOf(assertion.worse, (name) =>
      compare(assertion, history, worsenings[name](history, draw), (was, is) => rank[is] <= rank[was], name),
    ),

  'a looser bound never gives a worse verdict': (history, _, assertion) => {
    const recording = recordingOf(history);
    return firstOf(assertion.bounds.slice(1), (looser, n) => {
      const tighter = assertion.bounds[n] as string | number;
      const [one, other] = [tighter, looser].map((bound) => statusOf(assertion, recording, bound));
      const kept = one === undefined || other === undefined || rank[other] >= rank[one];
      return kept ? undefined : `${assertion.name}: ${one} at ${tighter}, ${other} at ${looser}`;
    });
  },

  'fewer good operations never make a pass': (history, draw, assertion) =>
    firstOf(assertion.bounds, (bound) => {
      if (assertion.fewer === 'nothing') return undefined;
      const limit =
        assertion.relation === '<' && assertion.fewer === 'quick' ? numberOf(bound) : Number.POSITIVE_INFINITY;
      const fewer = assertion.fewer === 'races' ? withFewerRaces(history, draw) : withFewer(history, draw, limit);
      return compare(
        { ...assertion, bounds: [bound] },
        history,
        fewer,
        (was, is) => is !== 'pass' || was === 'pass',
        'fewer',
      );
    }),

  'a stall of the generator only leads to unknown': (history, draw, assertion) =>
    compare(assertion, history, withStall(history, draw), onlyUnknown, 'a stall'),

  'an operation that the generator did not send only leads to unknown': (history, draw, assertion) =>
    assertion.ofKeys || history.generator?.loop === 'closed'
      ? undefined
      : compare(assertion, history, withUnsent(history, draw), onlyUnknown, 'unsent operations'),

  'what follows does not heal a witness': (history, draw, assertion) => {
    if (!assertion.witness) return undefined;
    const broken = { ...worsenings[assertion.witness](history, draw) };
    if (JSON.stringify(broken) === JSON.stringify(history)) return undefined;
    const settled = { ...broken, finalState: { ...broken.finalState, settled: true } };
    return firstOf([settled, continuedWell(settled)], (one) => {
      const status = statusOf(assertion, recordingOf(one), assertion.bounds[0] as string);
      return status === 'fail' ? undefined : `${assertion.name}: ${status}, with ${assertion.witness}`;
    });
  },

  'good operations elsewhere hide no outage after the fault': (history, { from }, assertion) =>
    firstOf(isRecovery(assertion) ? assertion.bounds : [], (bound) => {
      const healed = history.faults.reduce((latest, { healedAt = 0 }) => Math.max(latest, healedAt), 0);
      const length = numberOf(bound) + (4 * 100_000) / (history.generator?.offeredRate ?? 1);
      const begin = healed + from * (history.duration - healed - length);
      if (!(begin >= healed) || history.generator?.loop !== 'open') return undefined;
      const status = statusOf(assertion, recordingOf(withOutage(history, begin, begin + length)), bound);
      return status === 'pass'
        ? `${assertion.name} within ${bound}: pass, though nothing worked for ${length} ms`
        : undefined;
    }),

  'a run that is silent or fails from its middle on does not pass': (history, draw, assertion) => {
    if (!assertion.ofTheWhole || history.operations.length < 40) return undefined;
    const from = draw.from / 2;
    const changed = [
      worsenings.silence(history, { ...draw, from }),
      withOutage(history, from * history.duration, Number.POSITIVE_INFINITY),
    ];
    return firstOf(changed, (one, n) =>
      firstOf(assertion.bounds, (bound) => {
        const status = statusOf(assertion, recordingOf(one), bound);
        return status === 'pass'
          ? `${assertion.name} ${bound}: pass, ${n ? 'failing' : 'silent'} from ${from} on`
          : undefined;
      }),
    );
  },

  'a race that one contender alone reached does not pass': (history, draw, assertion) => {
    if (history.generator?.loop !== 'race' || /time|slowest/.test(assertion.name)) return undefined;
    const recording = recordingOf(withoutRivals(history, draw));
    return firstOf(assertion.bounds, (bound) =>
      statusOf(assertion, recording, bound) === 'pass' ? `${assertion.name} ${bound}: pass without rivals` : undefined,
    );
  },

  'what comes later is not before, and other names are not this one': (history, _, assertion) => {
    const asked = history.faults.reduce((earliest, { askedAt = 0 }) => Math.min(earliest, askedAt), history.duration);
    if (assertion.window !== 'before' && assertion.window !== 'named') return undefined;
    const isBefore = assertion.window === 'before';
    // In a closed loop what is slow elsewhere leaves no connection for this.
    if (!isBefore && history.generator?.loop === 'closed') return undefined;
    const elsewhere = withTroubleElsewhere(history, (one) =>
      isBefore ? (one.dueAt as number) >= asked : one.name !== 'order',
    );
    return compare(assertion, history, elsewhere, (was, is) => was === is, 'trouble elsewhere');
  },

  'a pass keeps its bound by its own value, and a fail breaks it': (history, _, assertion) => {
    const { relation, bounds } = assertion;
    if (!relation) return undefined;
    const recording = recordingOf(history);
    return firstOf(bounds, (bound) => {
      if (statusOf(assertion, recording, bound) === undefined) return undefined;
      return firstOf(assertion.judge(recording, bound), ({ status, value, witness }) => {
        if (status === 'unknown' || witness) return undefined;
        return holds(value, relation, numberOf(bound)) === (status === 'pass')
          ? undefined
          : `${assertion.name}: ${status} with ${value} at ${bound}`;
      });
    });
  },

  'the row, the matcher and the target say the same of a metric': (history, _, { metric, bounds, relation = '<' }) => {
    if (!metric) return undefined;
    const recording = recordingOf(history);
    return firstOf(metric.windows(recording), (window) =>
      firstOf(bounds, (bound) => saidDifferently(metric, relation, Number(bound), window)),
    );
  },

  'a run that begins later has the same verdict during and after its faults': (history, { salt }, assertion) => {
    if (assertion.window !== 'during' && assertion.window !== 'after') return undefined;
    const later = shifted(history, 1_000 * (1 + (salt % 100)));
    return compare(assertion, history, later, (was, is) => was === is, 'all instants shifted');
  },

  'the same run from two generators has the same verdict': (history, { salt }, assertion) => {
    const whole = recordingOf(history);
    const parts = [true, false].map((first) => {
      const operations = history.operations.filter((_, n) => drawnShare(n, salt) < 0.5 === first);
      return { columns: recordingOf({ ...history, operations }).columns };
    });
    const merged = withColumns(whole, mergeColumns(parts));
    return firstOf(assertion.bounds, (bound) => {
      const [was, is] = [statusOf(assertion, whole, bound), statusOf(assertion, merged, bound)];
      return was === is ? undefined : `${assertion.name} ${bound}: ${was}, and ${is} from two generators`;
    });
  },

  'the same run in other words has the same verdict': (history, draw, assertion) =>
    firstOf(Object.entries(sameInOtherWords), ([name, change]) =>
      compare(assertion, history, change(history, draw), (was, is) => was === is, name),
    ),
};

/** How a row without a bound, a row with one, a judgement and a target differ. */
function saidDifferently(metric: Metric, relation: Relation, bound: number, window: Window): string | undefined {
  const judgement = judge(metric, relation, bound, window);
  const { recording } = window;
  const isRow = (row: Row) => row.metric === metric.name && row.window === judgement.window;
  const [measured, judged] = [[], [judgement]].map((asserted) => rowsFor(recording, asserted).find(isRow));
  const side = { '<': 'below', '<=': 'atMost', '>': 'above', '>=': 'atLeast' }[relation];
  const judgements = meet(recording, { [metric.name]: { [side]: bound } });
  const target = judgements.find((one) => one.metric === metric.name && one.window === judgement.window);
  const said = { row: judged?.verdict, target: target?.status };
  const shown = { measured: measured?.shown, row: judged?.shown, target: target?.shown };
  if (Object.values(said).some((status) => status !== judgement.status)) {
    return `${metric.name} in ${window.name}: ${judgement.status}, and ${JSON.stringify(said)}`;
  }
  return Object.values(shown).some((text) => text !== judgement.shown)
    ? `${metric.name} in ${window.name}: '${judgement.shown}', and ${JSON.stringify(shown)}`
    : undefined;
}

function isRecovery({ name }: Assertion): boolean {
  return /^(Redis |database )?recovery(,|$)/.test(name);
}

function withColumns(recording: Recording, columns: Columns): Recording {
  const { generator, duration, faults, finalState, stateUnread, exits, series, polls, seed, startedAt } = recording;
  const rest = { generator, duration, faults, finalState, stateUnread, exits, series, polls, seed, startedAt };
  return new Recording({ columns, ...rest });
}

function onlyUnknown(was: Status, is: Status): boolean {
  return is === was || is === 'unknown';
}

/** Judges both at each bound. @returns where the verdicts do not stand to each other as they must */
function compare(
  assertion: Assertion,
  one: History,
  other: History,
  mayBecome: (was: Status, is: Status) => boolean,
  change: string,
): string | undefined {
  const [before, after]: Recording[] = [recordingOf(one), recordingOf(other)];
  return firstOf(assertion.bounds, (bound) => {
    const was = statusOf(assertion, before as Recording, bound);
    const is = statusOf(assertion, after as Recording, bound);
    if (was === undefined || is === undefined || mayBecome(was, is)) return undefined;
    return `${assertion.name} ${bound}: ${was}, and ${is} with ${change}`;
  });
}

function firstOf<T>(list: readonly T[], find: (one: T, index: number) => string | undefined): string | undefined {
  for (const [index, one] of list.entries()) {
    const found = find(one, index);
    if (found) return found;
  }
  return undefined;
}
