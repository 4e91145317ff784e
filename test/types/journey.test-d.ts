import {
  arrivals,
  type CallContext,
  cycle,
  type Journey,
  type JourneyContext,
  type JourneyFunction,
  type Load,
  mixed,
  type Request,
  type RequestContext,
  rows,
} from 'breaking-point';
import { describe, expectTypeOf, it } from 'vitest';

const request = () => ({ path: '/' });
const steady = { rate: 1, duration: '1s' } as const;

describe('arrivals', () => {
  it('take one kind of work', () => {
    expectTypeOf(arrivals).toBeCallableWith({ ...steady, request });
    expectTypeOf(arrivals).toBeCallableWith({ ...steady, journey: {} as Journey });
    expectTypeOf(arrivals).toBeCallableWith({ ...steady, call: async ({ n }: CallContext) => void n });
    type Options = Parameters<typeof arrivals>[0];
    expectTypeOf<{ rate: 1; duration: '1s' }>().not.toExtend<Options>();
    expectTypeOf<{ rate: 1; duration: '1s'; request: typeof request; journey: Journey }>().not.toExtend<Options>();
  });
});

describe('a journey', () => {
  it('knows its data, and its state as something that may not be there yet', () => {
    const order: JourneyFunction<{ names: string[] }, { token: string }> = async ({ data, user, http, step }) => {
      expectTypeOf(data.names).toEqualTypeOf<string[]>();
      expectTypeOf(user.state.token).toEqualTypeOf<string | undefined>();
      expectTypeOf((await http({ path: '/' })).json<{ id: number }>()).toEqualTypeOf<{ id: number }>();
      expectTypeOf(await step('count', () => 5)).toEqualTypeOf<number>();
    };
    expectTypeOf(order).parameter(0).toEqualTypeOf<JourneyContext<{ names: string[] }, { token: string }>>();
  });
});

describe('mixed', () => {
  it('is a request function of requests, and a load of loads', () => {
    const requests = mixed({ weights: { a: 1, b: 2 }, requests: { a: request, b: request } });
    expectTypeOf(requests).toEqualTypeOf<(context: RequestContext) => Request>();
    const share = (share: number) => arrivals({ rate: 10 * share, duration: '1s', request });
    expectTypeOf(mixed({ weights: { a: 1, b: 2 }, loads: { a: share, b: share } })).toEqualTypeOf<Load>();
    expectTypeOf(mixed({ loads: { a: {} as Load, b: {} as Load } })).toEqualTypeOf<Load>();
  });

  it('wants a maker for each weight', () => {
    // @ts-expect-error b has a weight and no load
    mixed({ weights: { a: 1, b: 2 }, loads: { a: (share: number) => arrivals({ ...steady, rate: share, request }) } });
  });
});

describe('rows', () => {
  it('are texts unless said otherwise', () => {
    expectTypeOf(cycle(rows('users.csv'), 0)).toEqualTypeOf<Readonly<Record<string, string>>>();
    expectTypeOf(rows<{ id: number }>('users.json')).toEqualTypeOf<readonly { id: number }[]>();
  });
});
