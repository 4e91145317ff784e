import { type Columns, chunksOf, outcomes, takesAnyAnswer } from '../../recording/columns.ts';
import { usualKind } from '../../recording/kinds.ts';
import type { Recording } from '../../recording/recording.ts';
import { least } from '../stats/order.ts';

/** Answers of a kind that did not come before a fault. */
export interface NewAnswers {
  /**
   * Whether an ok operation was answered with a status that no such operation had before the first fault was asked for.
   */
  readonly isNew: (row: number) => boolean;
  /**
   * Whether such an answer leaves open if the work was done: it is one to a request that only looks, and that takes any
   * status for ok.
   */
  readonly isDoubtful: (row: number) => boolean;
}

/**
 * The statuses of ok answers before the first fault, by the name of the operations; those of all names under undefined.
 */
type AnswersSeen = ReadonlyMap<string | undefined, ReadonlySet<number>>;

const known = new WeakMap<Recording, { readonly seen: AnswersSeen; readonly asked: number } | undefined>();
const okCode = outcomes.indexOf('ok');
const never = (): boolean => false;

/**
 * The answers in a chunk of a recording that are new since the first fault was asked for. Say that each `GET /orders`
 * was answered 200, and while Redis is away 302 to a page to log in: by its status that is ok, and nobody was shown an
 * order. Operations of a name that none had before are compared with all.
 */
export function findNewAnswers(recording: Recording, columns: Columns): NewAnswers {
  if (!known.has(recording)) known.set(recording, seenBefore(recording));
  const before = known.get(recording);
  if (!before) return { isNew: never, isDoubtful: never };
  const { dueAt, outcome, status, takes, name, names } = columns;
  const seen = names.map((own) => before.seen.get(own) ?? before.seen.get(undefined));
  const looks = names.map((own) => usualKind(own) === 'look');
  const isNew = (row: number): boolean =>
    (outcome[row] as number) === okCode &&
    (status[row] as number) > 0 &&
    (dueAt[row] as number) >= before.asked &&
    seen[name[row] as number]?.has(status[row] as number) === false;
  return {
    isNew,
    isDoubtful: (row) => {
      const demand = takes[row] as number;
      return (demand === takesAnyAnswer || (demand === 0 && looks[name[row] as number] === true)) && isNew(row);
    },
  };
}

/** What was answered before the first fault; undefined where nothing is new after it. */
function seenBefore({
  columns,
  faults,
}: Recording): { readonly seen: AnswersSeen; readonly asked: number } | undefined {
  const asked = least(faults.map(({ askedAt }) => askedAt));
  if (!Number.isFinite(asked)) return undefined;
  const seen = new Map<string | undefined, Set<number>>();
  const all = new Set<number>();
  const later = new Set<number>();
  for (const { length, dueAt, endedAt, outcome, status, name, names } of chunksOf(columns)) {
    for (let row = 0; row < length; row++) {
      const code = status[row] as number;
      if ((outcome[row] as number) !== okCode || code === 0) continue;
      if ((dueAt[row] as number) >= asked) later.add(code);
      if (!((endedAt[row] as number) < asked)) continue;
      all.add(code);
      const own = names[name[row] as number] as string;
      const statuses = seen.get(own);
      if (statuses) statuses.add(code);
      else seen.set(own, new Set([code]));
    }
  }
  const isMixed = all.size > 1;
  // With one status throughout, or none before, nothing can be new.
  if (all.size === 0 || (!isMixed && [...later].every((code) => all.has(code)))) return undefined;
  seen.set(undefined, all);
  return { seen, asked };
}
