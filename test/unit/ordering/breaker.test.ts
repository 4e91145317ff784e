import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Breaker, BreakerOpen } from '../../../fixtures/ordering/breaker.ts';

class Away extends Error {}

const away = () => Promise.reject(new Away('away'));
const alive = () => Promise.resolve('alive');

describe('the circuit breaker of the reference app', () => {
  const opened = vi.fn();
  const closed = vi.fn();
  let breaker: Breaker;

  beforeEach(() => {
    vi.useFakeTimers();
    vi.clearAllMocks();
    breaker = new Breaker({
      name: 'redis',
      threshold: 3,
      retryAfter: 200,
      isFailure: (error) => error instanceof Away,
      onOpen: opened,
      onClose: closed,
    });
  });
  afterEach(() => vi.useRealTimers());

  async function fail(times: number): Promise<void> {
    for (let i = 0; i < times; i += 1) await expect(breaker.run(away)).rejects.toThrow(Away);
  }

  test('opens at the third failure in a row and then calls nothing', async () => {
    await fail(2);
    expect(breaker.isOpen).toBe(false);
    await fail(1);
    expect(breaker.isOpen).toBe(true);
    const work = vi.fn(alive);
    await expect(breaker.run(work)).rejects.toThrow(BreakerOpen);
    expect(work).not.toHaveBeenCalled();
  });

  test('a success between failures starts the count anew', async () => {
    await fail(2);
    await breaker.run(alive);
    await fail(2);
    expect(breaker.isOpen).toBe(false);
  });

  test('an error that is an answer counts as life', async () => {
    await fail(2);
    await expect(breaker.run(() => Promise.reject(new Error('duplicate key')))).rejects.toThrow('duplicate key');
    await fail(2);
    expect(breaker.isOpen).toBe(false);
  });

  test('lets one probe through after the wait, and only one at a time', async () => {
    await fail(3);
    vi.advanceTimersByTime(199);
    await expect(breaker.run(alive)).rejects.toThrow(BreakerOpen);
    vi.advanceTimersByTime(1);
    const answer = Promise.withResolvers<string>();
    const probe = breaker.run(() => answer.promise);
    await expect(breaker.run(alive)).rejects.toThrow(BreakerOpen);
    answer.resolve('back');
    await expect(probe).resolves.toBe('back');
    await expect(breaker.run(alive)).resolves.toBe('alive');
  });

  test('a failed probe keeps it open for another wait', async () => {
    await fail(3);
    vi.advanceTimersByTime(200);
    await fail(1);
    await expect(breaker.run(alive)).rejects.toThrow(BreakerOpen);
    vi.advanceTimersByTime(200);
    await expect(breaker.run(alive)).resolves.toBe('alive');
  });

  test('tells once of opening and once of closing, with the time in between', async () => {
    await fail(3);
    vi.advanceTimersByTime(200);
    await fail(1);
    vi.advanceTimersByTime(300);
    await breaker.run(alive);
    expect(opened).toHaveBeenCalledTimes(1);
    expect(closed.mock.calls).toEqual([[500]]);
  });

  test('failures of calls begun in the outage do not open it again', async () => {
    const late = Array.from({ length: 3 }, () => Promise.withResolvers<string>());
    const pending = late.map(({ promise }) => breaker.run(() => promise));
    await fail(3);
    vi.advanceTimersByTime(200);
    await breaker.run(alive);
    for (const { reject } of late) reject(new Away('timed out'));
    await Promise.allSettled(pending);
    expect(breaker.isOpen).toBe(false);
  });
});
