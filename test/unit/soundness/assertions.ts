import type { Recording, Window } from '../../../src/recording/recording.ts';
import { combined, type Judgement, type Status } from '../../../src/verdict/judgement.ts';
import { judgementsOf, matchers } from '../../../src/verdict/matchers/matchers.ts';
import type { Worsening } from './worsenings.ts';

/** Something that a test may assert, with the bounds of it from strict to loose and the changes that are worse for it. */
export interface Assertion {
  readonly name: string;
  /** From strict to loose. */
  readonly bounds: readonly (string | number)[];
  readonly worse: readonly Worsening[];
  /** How a value that keeps its bound stands to it, where both are numbers in one unit. */
  readonly relation?: '<' | '>=';
  /**
   * What can be taken away without making it better: any operation that went well, those quicker than the bound, races that went well, or nothing.
   */
  readonly fewer: 'ok' | 'quick' | 'races' | 'nothing';
  /** It is about the share or the worst of all operations of the run, so that a run which fails from its middle on cannot pass. */
  readonly ofTheWhole?: boolean;
  /** It is about keys: an operation that was not sent promised nothing. */
  readonly ofKeys?: true;
  /** The change that no doubt can undo. */
  readonly witness?: Worsening;
  /** The window of a recording that it is asked of; undefined where a recording has none. */
  readonly window: WindowName;
  judge(recording: Recording, bound: string | number): readonly Judgement[];
}

/** The parts of a recording that can be asked. */
export type WindowName = 'run' | 'before' | 'during' | 'after' | 'named';

const windowNames: readonly WindowName[] = ['run', 'before', 'during', 'after', 'named'];

/** The window of a name; undefined where the recording has none. */
export function windowOf(recording: Recording, name: WindowName): Window | undefined {
  if (name === 'run') return recording;
  if (name === 'named') return recording.columns.names.includes('order') ? recording.named('order') : undefined;
  return name === 'before' || recording.faults.length > 0 ? recording[name] : undefined;
}

/** The status of an assertion; undefined where the recording has no such window. */
export function statusOf(assertion: Assertion, recording: Recording, bound: string | number): Status | undefined {
  if (windowOf(recording, assertion.window) === undefined) return undefined;
  return combined(assertion.judge(recording, bound));
}

type Matcher = (this: object, received: unknown, ...given: never[]) => unknown;

/** What a matcher judges, as `expect` would call it. */
function judged(recording: Recording, matcher: Matcher, received: unknown, ...given: unknown[]): readonly Judgement[] {
  const before = judgementsOf(recording).length;
  matcher.call({}, received, ...(given as never[]));
  return judgementsOf(recording).slice(before);
}

function inEachWindow(
  name: string,
  bounds: readonly (string | number)[],
  worse: readonly Worsening[],
  matcher: Matcher,
  rest: Pick<Assertion, 'fewer' | 'relation'>,
  options?: object,
): Assertion[] {
  return windowNames.map((window) => ({
    name: `${name}, ${window}`,
    bounds,
    worse,
    ...rest,
    ofTheWhole: window === 'run' && name !== 'RPS',
    window,
    judge: (recording, bound) => {
      const part = windowOf(recording, window);
      return part ? judged(recording, matcher, part, bound, ...(options ? [options] : [])) : [];
    },
  }));
}

function ofTheRun(
  name: string,
  bounds: readonly (string | number)[],
  worse: readonly Worsening[],
  judge: (recording: Recording, bound: string | number) => readonly Judgement[],
  rest: Partial<Assertion> = {},
): Assertion {
  return { name, bounds, worse, window: 'run', judge, fewer: 'nothing', ...rest };
}

const strict = { strict: true };
const anyOk = { fewer: 'ok', relation: '<' } as const;
const quick = { fewer: 'quick', relation: '<' } as const;
const shares = ['0.1%', '1%', '5%', '30%'];
const times = ['20ms', '100ms', '1s', '6s', '20s'];

/** What can be asked of a run under load. */
export const underLoad: readonly Assertion[] = [
  ...inEachWindow('error rate', shares, ['an error', 'silence'], matchers.toHaveErrorRateBelow, anyOk),
  ...inEachWindow('error rate, strict', shares, ['an error', 'silence'], matchers.toHaveErrorRateBelow, anyOk, strict),
  ...inEachWindow('p95', times, ['an error', 'a slower answer', 'silence'], matchers.toHaveP95Below, quick),
  ...inEachWindow('p99', times, ['an error', 'a slower answer', 'silence'], matchers.toHaveP99Below, quick),
  ...inEachWindow(
    'p99, strict',
    times,
    ['an error', 'a slower answer', 'silence'],
    matchers.toHaveP99Below,
    quick,
    strict,
  ),
  ...inEachWindow('RPS', [150, 90, 30, 10], ['an error', 'silence'], matchers.toSustainRps, {
    fewer: 'ok',
    relation: '>=',
  }),
  ofTheRun(
    'recovery',
    ['500ms', '2s', '5s'],
    ['an error after the fault', 'a slower answer after the fault'],
    (recording, bound) =>
      recording.faults.length === 0 ? [] : judged(recording, matchers.toRecoverWithin, recording, bound),
    { fewer: 'ok' },
  ),
  ofTheRun('p99 stays steady', ['1%', '10%', '50%'], ['slower answers in the last part'], (recording, bound) =>
    judged(recording, matchers.toStaySteady, recording, { p99: bound }),
  ),
  ofTheRun('memory stays steady', ['1%', '10%', '50%'], ['more memory in the last part'], (recording, bound) =>
    judged(recording, matchers.toStaySteady, recording, { memory: bound }),
  ),
  ofTheRun('lost', [0], ['a lost key'], (recording) => judged(recording, matchers.toLoseNothing, recording), {
    witness: 'a lost key',
    ofKeys: true,
  }),
  ofTheRun(
    'duplicated',
    [0],
    ['a key applied twice'],
    (recording) => judged(recording, matchers.toApplyEachOnce, recording),
    { witness: 'a key applied twice', ofKeys: true },
  ),
  ofTheRun('liveness', ['100ms', '1s', '2s'], ['a slower poll'], (recording, bound) =>
    judged(recording, matchers.toStayLive, recording, { within: bound }),
  ),
  ofTheRun('backlog', [10, 25, 100], ['more backlog'], (recording, bound) =>
    judged(recording, matchers.toHaveBacklogBelow, recording, bound),
  ),
  ofTheRun('stays up', [0], ['an exit'], (recording) => judged(recording, matchers.toStayUp, recording), {
    witness: 'an exit',
  }),
  ...(['development', 'production'] as const).map((target) =>
    ofTheRun(
      `target ${target}`,
      [target],
      ['an error after the fault', 'a lost key'],
      (recording) => judged(recording, matchers.toMeet, recording, target),
      { ofKeys: true, ofTheWhole: target === 'production' },
    ),
  ),
];

/** What can be asked of races. */
export const ofRaces: readonly Assertion[] = [
  ofTheRun(
    'one winner',
    [0],
    ['a second winner'],
    (recording) => judged(recording, matchers.toHaveOneWinner, recording),
    { fewer: 'races', witness: 'a second winner', ofKeys: true },
  ),
  ofTheRun(
    'win rate',
    ['99%', '90%', '50%'],
    ['a second winner'],
    (recording, bound) => judged(recording, matchers.toHaveWinRateAbove, recording, bound),
    { fewer: 'races', witness: 'a second winner', ofKeys: true },
  ),
  ofTheRun(
    'race time',
    ['100ms', '1s'],
    ['a slower answer'],
    (recording, bound) =>
      judged(recording, matchers.toMeet, recording, { 'race time': { below: bound === '100ms' ? 100 : 1_000 } }),
    { fewer: 'races', ofKeys: true },
  ),
];
