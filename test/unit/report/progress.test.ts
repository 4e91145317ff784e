import { expect, test } from 'vitest';
import { ProgressDisplay, progressLine } from '../../../src/report/progress.ts';

const report = { test: 'redis failure, crash', phase: 'load', elapsed: 12_500, operations: 2_400, errors: 60 };

/** A terminal that keeps what is written to it. */
class Screen {
  readonly isTTY: boolean = true;
  readonly columns: number = 40;
  written = '';
  write(text: string): boolean {
    this.written += text;
    return true;
  }
}

const clear = '\r\u001b[2K';

test('a progress line tells test, phase, time, operations and the share of errors', () => {
  expect(progressLine(report)).toBe('redis failure, crash | load | 12.5 s | 2400 operations, 2.5 % errors');
});

test('without operations there is no share of errors', () => {
  expect(progressLine({ ...report, phase: 'warm-up', elapsed: 800, operations: 0, errors: 0 })).toBe(
    'redis failure, crash | warm-up | 800 ms | 0 operations',
  );
});

test('a long title is cut so that the line has 99 columns and keeps its numbers', () => {
  const line = progressLine({ ...report, test: 'x'.repeat(300) });
  expect(line).toHaveLength(99);
  expect(line).toMatch(/^x+\.\.\. \| load \| 12\.5 s \| 2400 operations, 2\.5 % errors$/);
  expect(progressLine({ ...report, phase: 'y'.repeat(300) })).toHaveLength(99);
});

test('on a narrow terminal the title gives way to the numbers', () => {
  expect(progressLine(report, 60)).toBe('redis fai... | load | 12.5 s | 2400 operations, 2.5 % errors');
});

test('each line takes the place of the one before, and the last is cleared', () => {
  const screen = new Screen();
  const display = new ProgressDisplay(screen, {});
  display.show('one');
  display.show('two');
  display.clear();
  display.clear();
  expect(screen.written).toBe(`one${clear}two${clear}`);
});

test('a terminal that does not know its width has 100 columns', () => {
  const screen = Object.assign(new Screen(), { columns: 0 });
  const display = new ProgressDisplay(screen, {});
  display.show('one');
  expect(screen.written).toBe('one');
  expect(display.room).toBe(99);
});

test('a line that would fill the terminal is cut', () => {
  const screen = new Screen();
  new ProgressDisplay(screen, {}).show('z'.repeat(100));
  expect(screen.written).toBe(`${'z'.repeat(36)}...`);
});

test('what others write takes the place of the line, which comes back below it', () => {
  const screen = new Screen();
  const display = new ProgressDisplay(screen, {});
  display.show('one');
  screen.write('a log line\n');
  screen.write('another\n');
  display.show('two');
  display.clear();
  expect(screen.written).toBe(`one${clear}a log line\nanother\ntwo${clear}`);
  expect(Object.hasOwn(screen, 'write')).toBe(false);
});

test.each([
  ['in CI', new Screen(), { CI: 'true' }],
  ['when CI is 1', new Screen(), { CI: '1' }],
  ['where there is no terminal', Object.assign(new Screen(), { isTTY: false }), {}],
])('it is silent %s', (_, screen, environment) => {
  const display = new ProgressDisplay(screen, environment);
  display.show('one');
  display.clear();
  expect(screen.written).toBe('');
});

test('CI=false is no CI', () => {
  const screen = new Screen();
  new ProgressDisplay(screen, { CI: 'false' }).show('one');
  expect(screen.written).toBe('one');
});

test('it is silent while another reporter has taken over the terminal', () => {
  const screen = new Screen();
  const taken: string[] = [];
  screen.write = (text) => taken.push(text) > 0;
  const display = new ProgressDisplay(screen, {});
  display.show('one');
  display.clear();
  expect([screen.written, taken]).toEqual(['', []]);
});
