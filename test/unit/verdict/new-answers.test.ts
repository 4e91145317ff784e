import { expect, test } from 'vitest';
import { countErrors } from '../../../src/analysis/window/errors.ts';
import type { Operation } from '../../../src/recording/columns.ts';
import { errorRateBelow, latencyBelow, recoverWithin } from '../asked.ts';
import { away, outage, steady } from './literals.ts';

/** 200/s of one name, answered 200, and while Redis is away by `status`. */
const answered = (name: string, status: number, more: Partial<Operation> = {}) =>
  outage((_, dueAt) => ({ name, status: away(dueAt) ? status : 200, ...more }));

const redirected = { category: '302', count: '1,000' };

test('a GET that is answered 302 to a login while Redis is away, as none was before, may not have been served', () => {
  const { during } = answered('GET /orders', 302);
  const judgement = errorRateBelow(during, 0.01);
  expect(judgement).toMatchObject({ status: 'unknown', shown: '0 % to 100 %' });
  expect(judgement.because).toContain(`Between 0 and ${redirected.count} of 1,000 operations`);
  expect(judgement.because).toContain(`${redirected.category} (${redirected.count})`);
  expect(latencyBelow(during, 0.99, 500).status).toBe('unknown');
});

test.each([204, 206, 304, 203])('so is one that is answered %i', (status) => {
  expect(errorRateBelow(answered('GET /orders', status).during, 0.01).status).toBe('unknown');
});

test('what its request lists in okWhen is ok, and so is a change: they are told', () => {
  for (const recording of [answered('GET /orders', 302, { takes: 2 }), answered('POST /orders', 302)]) {
    const judgement = errorRateBelow(recording.during, 0.01);
    expect(judgement.status).toBe('pass');
    expect(judgement.because).toContain('New among the ok answers since refuse(redis): 302 (1,000).');
  }
});

test('a request that looks is known by what it takes, whatever its name', () => {
  expect(errorRateBelow(answered('browse', 302, { takes: 1 }).during, 0.01).status).toBe('unknown');
});

test('an answer that came before the fault too is none of its doing, even if seldom', () => {
  const seldom = outage((n, dueAt) => ({ name: 'GET /orders', status: away(dueAt) || n % 100 === 0 ? 302 : 200 }));
  expect(errorRateBelow(seldom.during, 0.01).status).toBe('pass');
  expect(countErrors(seldom.during).newAnswers.size).toBe(0);
});

test('each name is compared with itself, and one that was not there before with all', () => {
  const mixed = outage((n, dueAt) =>
    n % 2
      ? { name: 'GET /login', status: 302 }
      : { name: away(dueAt) ? 'GET /fallback' : 'GET /orders', status: away(dueAt) && n % 4 === 0 ? 302 : 200 },
  );
  expect(countErrors(mixed.named('GET /login')).errors.worst).toBe(0);
  expect(countErrors(mixed.named('GET /fallback')).errors.worst).toBe(0);
  const own = outage((n, dueAt) =>
    n % 2 ? { name: 'GET /login', status: 302 } : { name: 'GET /orders', status: away(dueAt) ? 302 : 200 },
  );
  expect(countErrors(own.during.named('GET /orders')).errors).toEqual({ best: 0, worst: 500 });
  expect(countErrors(own.during.named('GET /login')).errors.worst).toBe(0);
});

test('an app that goes on so for good may not have recovered', () => {
  const forGood = outage((_, dueAt) => ({ name: 'GET /orders', status: dueAt >= 5_000 ? 302 : 200 }));
  expect(recoverWithin(forGood, 5_000).status).not.toBe('pass');
});

test('without a fault, and in recordings that do not have statuses, nothing is new', () => {
  const alone = steady({ rate: 200, seconds: 20 }, (n) => ({ name: 'GET /orders', status: n < 2_000 ? 200 : 302 }));
  expect(errorRateBelow(alone, 0.01).status).toBe('pass');
  expect(errorRateBelow(outage(() => ({ name: 'GET /orders' })).during, 0.01).status).toBe('pass');
});
