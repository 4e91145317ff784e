import {
  cannotTell,
  type History,
  type Invariant,
  invariant,
  type Operation,
  type Recording,
  type RegisterCall,
  type RegisterModel,
  register,
  type StateRow,
  type Witness,
} from 'breaking-point';
import { describe, expect, expectTypeOf, test } from 'vitest';
import 'breaking-point/vitest';

describe('an invariant', () => {
  test('is given the operations and the final state, and returns witnesses', () => {
    const rule = invariant('no order is shipped unpaid', ({ operations, finalState, stateBefore, faultAt }) => {
      expectTypeOf(operations).toEqualTypeOf<readonly Operation[]>();
      expectTypeOf(finalState).toEqualTypeOf<readonly StateRow[]>();
      expectTypeOf(stateBefore).toEqualTypeOf<readonly StateRow[]>();
      expectTypeOf(faultAt(0, 10)).toEqualTypeOf<string | undefined>();
      return operations.map(({ key, endedAt }) => ({ what: 'shipped unpaid', key, at: endedAt }));
    });
    expectTypeOf(rule).toEqualTypeOf<Invariant>();
    invariant('texts', ({ finalState }) => finalState.map(({ key }) => `${key} is left`));
    invariant('cannot tell', ({ operations }) => (operations.length === 0 ? cannotTell('No orders.') : []));
  });

  test('returns nothing else, and at once', () => {
    // @ts-expect-error whether it was kept is told by witnesses
    invariant('a rule', () => true);
    // @ts-expect-error an invariant reads what is there
    invariant('a rule', async () => []);
    // @ts-expect-error a witness says what is wrong
    invariant('a rule', () => [{ key: 'a' }]);
    expectTypeOf<{ key: string }>().not.toExtend<Witness>();
    expectTypeOf<Recording>().toExtend<History['recording']>();
  });
});

describe('a register', () => {
  test('takes a mapping of operations to calls', () => {
    const model = register({
      initial: (key) => (key === 'a' ? '0' : undefined),
      call: ({ kind, value, name }) => {
        if (name === 'swap') return { kind: 'cas', from: '0', to: '1', swapped: false };
        return kind === 'read' ? { kind, value } : { kind: 'write', value };
      },
    });
    expectTypeOf(model).toEqualTypeOf<RegisterModel>();
    // @ts-expect-error there is no such call
    register({ call: () => ({ kind: 'look', value: '1' }) });
    // @ts-expect-error a compare-and-set names both values
    register({ call: (): RegisterCall => ({ kind: 'cas', from: '0' }) });
  });
});

test('the matchers take them, and a recording of one race may say what tells a loser so', () => {
  const assertion = expectTypeOf(expect({} as Recording));
  assertion.toHaveProperty('toBeLinearizable').toBeCallableWith({ model: register(), states: 1_000 });
  assertion.toHaveProperty('toKeep').toBeCallableWith(invariant('a rule', () => []));
  assertion.toHaveProperty('toHaveOneWinner').toBeCallableWith({ lossIs: [409, 'not mine'] });
  assertion.toHaveProperty('toHaveOneWinner').toBeCallableWith();
});
