import { describe, expect, test } from 'vitest';
import type { AppExit, FaultRecord } from '../../../src/recording/recording.ts';
import { stayUp } from '../../../src/verdict/checks/stay-up.ts';
import { matchers } from '../../../src/verdict/matchers/matchers.ts';
import { errorRateBelow } from '../asked.ts';
import { outage, steady } from './literals.ts';

const bite = { connectionsBefore: 1, seenAtStart: true, seenBeforeEnd: true, detail: 'what was seen' };
const exited: AppExit = { at: 9_000, code: 1, signal: null, output: 'cannot connect\n    at x.js:1' };
/** Asked for by `crash(app)` at 12 s, and back at 14 s. */
const asked: AppExit = { at: 12_010, code: null, signal: 'SIGKILL', output: 'bye', asked: true, readyAt: 14_000 };

/** 20 s at 100/s with a fault of the app from 12 s to 14 s. */
function appDown(exits: readonly AppExit[], fault: Partial<FaultRecord> = {}) {
  const faults = [{ kind: 'crash', service: 'app', inEffectAt: 12_000, healedAt: 14_000, bite, ...fault }];
  return steady({ rate: 100, seconds: 20 }, undefined, { exits, faults });
}

describe('an app stayed up', () => {
  test('that never exited', () => {
    expect(stayUp(outage())).toMatchObject({
      status: 'pass',
      metric: 'exits',
      value: 0,
      bound: '0 exits',
      samples: 4_000,
    });
  });

  test('that only a fault ended, which is told', () => {
    const judgement = stayUp(appDown([asked]));
    expect(judgement).toMatchObject({ status: 'pass', shown: '0 exits' });
    expect(judgement.because).toBe(
      'A fault ended it 1 time, as it was meant to; it was ready again after 2.0 s.\ncrash(app) lasted from 12.0 s to 14.0 s: every process of the app was killed, and it was started again at the end.',
    );
  });

  test('but what did not bite, or was no run, proves nothing', () => {
    expect(stayUp(appDown([], { bite: { ...bite, seenAtStart: false } })).status).toBe('unknown');
    expect(stayUp(steady({ rate: 100, seconds: 0 })).status).toBe('unknown');
  });
});

describe('an app did not stay up', () => {
  test('that exited: code, time, fault and last words are named', () => {
    const judgement = stayUp(outage(undefined, { exits: [exited] }));
    expect(judgement).toMatchObject({ status: 'fail', witness: true, value: 1, shown: '1 exit' });
    expect(
      judgement.because
        .split('\n')
        .filter((line) => !line.startsWith(' '))
        .slice(0, 3),
    ).toEqual([
      'The app exited with code 1 at 9.0 s, 4.0 s after refuse(redis) began.',
      "The app's last output:",
      'refuse(redis) lasted from 5.0 s to 10.0 s: connections to redis were cut, and new ones refused; the app held 3 connections to redis before it.',
    ]);
    expect(judgement.because).toContain("The app's last output:\n    cannot connect");
    expect(judgement.because).toContain('A healthy service outlives its dependencies');
  });

  test('that exited with the client of its pool printed after the error: the error is told, not a field of the client', () => {
    const dump = Array.from({ length: 200 }, (_, n) => `    _field${n}: 0,`);
    const output = [
      'error: terminating connection',
      "  code: '57P01',",
      ...dump,
      '    _connectionError: false,',
      '  }',
      '}',
    ];
    const { because } = stayUp(outage(undefined, { exits: [{ ...exited, output: output.join('\n') }] }));
    expect(because).toContain("The app's last output:\n    error: terminating connection\n      code: '57P01',\n");
  });

  test('that exited with code 0', () => {
    const { status, because } = stayUp(outage(undefined, { exits: [{ ...exited, code: 0 }] }));
    expect(status).toBe('fail');
    expect(because).toContain('An exit with code 0 is an exit too');
  });

  test('that was started again each time: the exits count', () => {
    const exits = [
      { ...exited, readyAt: 9_400 },
      { ...exited, at: 9_600, readyAt: 10_800 },
      { ...exited, at: 11_000 },
    ];
    const { value, because } = stayUp(outage(undefined, { exits }));
    expect(value).toBe(3);
    expect(because).toContain(
      'at 9.0 s, 4.0 s after refuse(redis) began; it was started again and ready 400 ms later.',
    );
    expect(because).toContain('It was started again and ready after 2 of 3 exits, within 1.2 s.');
  });

  test('that a signal ended which nobody sent it, in spite of a fault that did not bite', () => {
    const why = 'it used 600 MB, more than its memory limit of 512 MB';
    const faults = [{ inEffectAt: 5_000, healedAt: 10_000, bite: { ...bite, seenAtStart: false } }];
    const { status, because } = stayUp(
      outage(undefined, { exits: [{ ...exited, code: null, signal: 'SIGKILL', why }], faults }),
    );
    expect(status).toBe('fail');
    expect(because).toContain(`The app was ended by SIGKILL at 9.0 s, 4.0 s after refuse(redis) began: ${why}.`);
    expect(because).toContain('A healthy service bounds what it holds');
  });

  test('that did not get ready again after its start, with all faults that lasted', () => {
    const faults = [
      { inEffectAt: 5_000, healedAt: 18_000, bite },
      { kind: 'restart', service: 'app', askedAt: 12_000, inEffectAt: 12_050, healedAt: 14_000, bite },
    ];
    const why = 'app `node main.js` was not ready within 2.0 s: waited for GET /ready; last: the answer was 503';
    const exits = [asked, { at: 14_060, code: null, signal: null, output: 'listening', why }];
    const { status, value, because } = stayUp(appDown(exits, {}));
    expect([status, value]).toEqual(['fail', 1]);
    expect(because).toContain(
      `The app was started again and not ready at 14.1 s, 60 ms after crash(app) ended: ${why}.`,
    );
    const both = stayUp(steady({ rate: 100, seconds: 20 }, undefined, { exits, faults })).because;
    expect(both).toContain('60 ms after restart(app) ended, while refuse(redis) lasted: app `node main.js`');
    expect(both).toContain('A healthy service gets ready again by itself');
  });
});

test('an exit that a fault asked for is held against no other judgement', () => {
  const { because } = errorRateBelow(appDown([asked]), 0.01);
  expect(because).not.toMatch(/SIGKILL|last output/);
});

test('a graceful end that had to be forced is told', () => {
  const fault = { kind: 'restart', askedAt: 7_000 };
  const { status, because } = stayUp(appDown([asked], fault));
  expect(status).toBe('pass');
  expect(because).toContain(
    'The app did not end within 5.0 s of the SIGTERM of restart(app), and was killed at 12.0 s.',
  );
});

test('toStayUp is for a whole run', () => {
  expect(matchers.toStayUp.call({}, outage()).pass).toBe(true);
  const failed = matchers.toStayUp.call({}, outage(undefined, { exits: [exited] }));
  expect(failed.pass).toBe(false);
  expect(failed.message()).toMatch(
    /^Exits of the app that no fault asked for must be 0 exits, seen: 1 exit\.\n\nThe app exited with code 1/,
  );
  expect(() => matchers.toStayUp.call({}, outage().during)).toThrow('toStayUp');
});
