import { expectTypeOf, test } from 'vitest';
import type {
  MatcherResult,
  MatcherState,
  matchers,
  ResilienceMatchers,
  Strictness,
} from '../../src/verdict/matchers/matchers.ts';
import type { TargetBounds } from '../../src/verdict/metrics/targets.ts';

test('every matcher is declared for expect, and every declared one exists', () => {
  expectTypeOf<keyof ResilienceMatchers>().toEqualTypeOf<keyof typeof matchers>();
});

test('each takes what its implementation takes after the received value', () => {
  type Implemented<Name extends keyof typeof matchers> = (typeof matchers)[Name] extends (
    this: MatcherState,
    received: unknown,
    ...args: infer Args
  ) => MatcherResult
    ? Args
    : never;
  type Declared = { [Name in keyof ResilienceMatchers]: Parameters<ResilienceMatchers[Name]> };
  expectTypeOf<Declared>().toEqualTypeOf<{ [Name in keyof typeof matchers]: Implemented<Name> }>();
});

test('shares, durations and targets are checked where they are written', () => {
  expectTypeOf<'1%'>().toExtend<Parameters<ResilienceMatchers['toHaveErrorRateBelow']>[0]>();
  expectTypeOf<'0.1 %'>().toExtend<Parameters<ResilienceMatchers['toHaveErrorRateBelow']>[0]>();
  expectTypeOf<'1'>().not.toExtend<Parameters<ResilienceMatchers['toHaveErrorRateBelow']>[0]>();
  expectTypeOf<'5 sec'>().not.toExtend<Parameters<ResilienceMatchers['toRecoverWithin']>[0]>();
  expectTypeOf<'prod'>().not.toExtend<Parameters<ResilienceMatchers['toMeet']>[0]>();
  expectTypeOf<{ p99: { below: 500 } }>().toExtend<TargetBounds>();
  expectTypeOf<{ p99: { under: 500 } }>().not.toExtend<TargetBounds>();
});

test('a share and a percentile can be judged strictly, and nothing else can', () => {
  type Judged = 'toHaveErrorRateBelow' | 'toHaveWinRateAbove' | 'toHaveP95Below' | 'toHaveP99Below';
  type Options = { [Name in keyof ResilienceMatchers]: Parameters<ResilienceMatchers[Name]>[1] };
  expectTypeOf<Options[Judged]>().toEqualTypeOf<Strictness | undefined>();
  expectTypeOf<Options[Exclude<keyof ResilienceMatchers, Judged | 'toHaveBacklogBelow'>]>().toEqualTypeOf<undefined>();
  expectTypeOf<Options['toHaveBacklogBelow']>().toEqualTypeOf<{ readonly probe?: string } | undefined>();
  expectTypeOf<{ strict: true }>().toExtend<Strictness>();
  expectTypeOf<{ strict: 'yes' }>().not.toExtend<Strictness>();
});

test('returns what expect returns: nothing, or a promise under resolves', () => {
  expectTypeOf<ReturnType<ResilienceMatchers<void>['toLoseNothing']>>().toEqualTypeOf<void>();
});
