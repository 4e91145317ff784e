import { styleText } from 'node:util';
import Table from 'cli-table3';
import { searchWindow } from '../verdict/breaking-point.ts';
import type { Row, TestResult } from '../verdict/rows/result.ts';
import { shortenInterval } from './short-interval.ts';
import { wrap } from './wrap.ts';

/** Colours a text by what it is called: a status, a grade, `bold`. */
export type Paint = (text: string, kind: string) => string;

const formats: Readonly<Record<string, Parameters<typeof styleText>[0]>> = {
  bold: 'bold',
  pass: 'green',
  fail: ['red', 'bold'],
  witness: ['red', 'bold'],
  unknown: 'yellow',
  measured: 'dim',
  excellent: 'green',
  good: 'green',
  warning: 'yellow',
  critical: ['red', 'bold'],
};

/** A {@link Paint} that leaves texts as they are unless `color`. */
export function makePainter(color: boolean): Paint {
  return (text, kind) => {
    const format = formats[kind];
    return color && format ? styleText(format, text, { validateStream: false }) : text;
  };
}

const head = ['test', 'metric', 'value', 'samples', 'grade', 'target', 'verdict'];
const gap = '  ';
const borderless = Object.fromEntries(
  [
    ...['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'],
    ...['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid'],
  ].map((part) => [part, '']),
);
const thousands = new Intl.NumberFormat('en');

/** Columns that are left to titles and metrics each, where they need as many, before there is room for intervals. */
const leastText = 22;

interface Block {
  readonly title: string;
  /** The cells after the title. */
  readonly rows: readonly string[][];
}

/**
 * The tests' metrics, a line each, in columns that fit into `width`. Long titles go on in the lines below. Values have
 * their intervals beside them where there is room.
 * @param names of the tests, in their order
 */
export function drawGrid(tests: readonly TestResult[], names: readonly string[], width: number, paint: Paint): string {
  const room = width - gap.length * (head.length - 1);
  const title = (index: number) => names[index] as string;
  const withIntervals = tests.map((test, index) => ({ title: title(index), rows: rowsOf(test, true) }));
  const blocks = roomy(naturalWidths(withIntervals), room)
    ? withIntervals
    : tests.map((test, index) => ({ title: title(index), rows: rowsOf(test, false) }));
  const colWidths = fitWidths(naturalWidths(blocks), room);
  const table = new Table({
    chars: { ...borderless, middle: gap },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colAligns: ['left', 'left', 'right', 'right', 'left', 'left', 'left'],
    colWidths,
    wordWrap: true,
  });
  table.push(head.map((name) => paint(name, 'bold')));
  for (const { title, rows } of blocks) {
    const titles = wrap(title, colWidths[0] as number);
    const lines = rows.flatMap(([metric = '', ...others]) =>
      wrap(metric, colWidths[1] as number).map((part, index) => [part, ...(index === 0 ? others : [])]),
    );
    table.push(head.map(() => ''));
    for (let index = 0; index < Math.max(titles.length, lines.length); index++) {
      const cells = [titles[index] ?? '', ...(lines[index] ?? [])];
      table.push(head.map((_, column) => paint(cells[column] ?? '', cells[column] ?? '')));
    }
  }
  return table.toString().replaceAll(/ +$/gm, '');
}

/** A row's metric, with its window where that is not the whole of what it is about. */
export function metricOf({ metric, window }: Row): string {
  return window === 'the whole run' || window === searchWindow ? metric : `${metric}, ${window}`;
}

function naturalWidths(blocks: readonly Block[]): number[] {
  return head.map((name, column) =>
    Math.max(
      name.length,
      ...blocks.map(({ title, rows }) =>
        column === 0 ? title.length : Math.max(...rows.map((row) => row[column - 1]?.length ?? 0)),
      ),
    ),
  );
}

/** Whether only titles and metrics would have to be broken, and not into shreds. */
function roomy(natural: readonly number[], room: number): boolean {
  return fitWidths(natural, room).every((columns, index) => {
    const wanted = natural[index] as number;
    return columns >= (index < 2 ? Math.min(wanted, leastText) : wanted);
  });
}

/** The cells after the title. A status that no row accounts for has a row of its own. */
function rowsOf({ rows, status }: TestResult, intervals: boolean): string[][] {
  const cells = rows.map((row) => [
    metricOf(row),
    intervals ? addInterval(row) : row.shown,
    thousands.format(row.samples),
    row.grade ?? '-',
    row.target ?? '-',
    row.read ? `${row.verdict}, read` : row.verdict,
  ]);
  const accounted = rows.some(({ verdict, read }) => verdict === status && !read);
  return accounted ? cells : [...cells, ['the test itself', '-', '-', '-', '-', status]];
}

function addInterval(row: Row): string {
  const interval = shortenInterval(row);
  return interval === '' ? row.shown : `${row.shown} (${interval})`;
}

/** Widths that sum up to at most `room`, taken from the widest columns. */
function fitWidths(natural: readonly number[], room: number): number[] {
  const widths = [...natural];
  for (let excess = widths.reduce((sum, each) => sum + each, 0) - room; excess > 0; excess--) {
    const widest = widths.indexOf(Math.max(...widths));
    widths[widest] = (widths[widest] as number) - 1;
  }
  return widths;
}
