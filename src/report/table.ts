import { readable } from '../duration.ts';
import type { RunResult, TestResult } from '../verdict/rows/result.ts';
import { drawGrid, makePainter, metricOf, type Paint } from './grid.ts';
import { namesOf } from './test-key.ts';
import { wrap } from './wrap.ts';

/** How a table is drawn. */
export interface TableStyle {
  /** ANSI colours; off for logs. */
  readonly color: boolean;
  /** Columns of the terminal. Less than 80 counts as 80. */
  readonly width: number;
}

/**
 * The end table. A line per metric of each test comes first. Then: why a verdict is not pass, what to do about bad
 * grades, what happened, which tests did not run, and what was not measured. Ends with a newline.
 */
export function renderTable(run: RunResult, { color, width }: TableStyle): string {
  const columns = Math.max(80, width);
  const paint = makePainter(color);
  const names = namesOf([...run.tests, ...run.notRun]);
  const section = (title: string, linesOf: (test: TestResult) => readonly (string | Drawing)[]): string[] => {
    const lines = run.tests.flatMap((test, index) => {
      const own = linesOf(test).flatMap((line) =>
        typeof line === 'string' ? wrap(line, columns, '    ') : drawLines(line.drawing, columns),
      );
      return own.length === 0 ? [] : [...wrap(names[index] as string, columns, '  '), ...own];
    });
    return lines.length === 0 ? [] : ['', paint(title, 'bold'), ...lines];
  };
  const list = (what: string, items: readonly string[]) =>
    items.length === 0 ? [] : ['', ...wrap(`${what}: ${items.join('; ')}`, columns)];
  const notRun = run.notRun.map(({ reason }, index) => `${names[run.tests.length + index]} (${reason})`);
  return [
    drawGrid(run.tests, names, columns, paint),
    ...section('Why', (test) => [...listReasons(test), ...sayWhereToLook(test)]),
    ...section('What to do', listActions),
    ...section('What happened', listEvents),
    ...list('not run', notRun),
    ...list('not measured', run.notMeasured),
    '',
    summarize(run, paint),
    '',
  ].join('\n');
}

/** A text whose columns matter. */
interface Drawing {
  readonly drawing: string;
}

/** A drawing is cut where it is too wide, for broken lines would be no drawing. */
function drawLines(drawing: string, columns: number): string[] {
  return drawing.split('\n').map((line) => `      ${line}`.slice(0, columns));
}

function listEvents({ events, searches = [], explorations = [] }: TestResult): (string | Drawing)[] {
  const found = searches.flatMap(({ because, picture, notes }) => [because, { drawing: picture }, ...notes]);
  const explored = explorations.flatMap(({ because, failing }) => [
    because,
    ...(failing ? [{ drawing: failing.smallest }] : []),
  ]);
  return [...events, ...found, ...explored];
}

/** Why a test is not pass: its rows' reasons, or its errors where no row accounts for its status. */
function listReasons({ status, rows, errors }: TestResult): string[] {
  const judged = rows
    .filter(({ verdict, read }) => verdict === 'witness' || (!read && (verdict === 'fail' || verdict === 'unknown')))
    .map((row) => `${row.verdict}: ${metricOf(row)}: ${row.because}`);
  if (status === 'pass' || rows.some(({ verdict, read }) => verdict === status && !read)) return judged;
  const messages = errors.length > 0 ? errors : ['nothing was judged'];
  return [...judged, ...messages.map((message) => `${status}: ${firstLine(message)}`)];
}

/** A test that failed before it measured anything has left nothing to look at. */
function sayWhereToLook({ status, rows, folder }: TestResult): string[] {
  const isRed = status !== 'pass' || rows.some(({ verdict }) => verdict === 'witness');
  return isRed && rows.length > 0 ? [`recording and logs: ${folder}`] : [];
}

function listActions({ rows }: TestResult): string[] {
  return rows
    .filter(({ grade, action }) => (grade === 'warning' || grade === 'critical') && action !== null)
    .map((row) => `${row.grade}: ${metricOf(row)} is ${row.shown}: ${row.action}`);
}

function summarize(run: RunResult, paint: Paint): string {
  const counts = (['pass', 'fail', 'unknown'] as const)
    .map((status) => [run.tests.filter((test) => test.status === status).length, status] as const)
    .filter(([count]) => count > 0)
    .map(([count, status]) => `${count} ${status}`);
  const { profile, target, runtime, duration } = run;
  const tests = counts.length === 0 ? 'no test' : counts.join(', ');
  const witnesses = run.tests.filter(({ rows }) => rows.some(({ verdict }) => verdict === 'witness')).length;
  const worse = witnesses === 0 ? '' : `, ${paint(`${witnesses} with a witness that nothing asserted on`, 'witness')}`;
  const notRun = run.notRun.length === 0 ? '' : `, ${run.notRun.length} not run`;
  return `${paint(run.status, run.status)}: ${tests}${worse}${notRun}${endOf(run)} (profile ${profile}, target ${target}, runtime ${runtime}, ${readable(duration)})`;
}

/** What Vitest says besides: that it was stopped, or that something else failed. */
function endOf({ vitest, status }: RunResult): string {
  if (vitest === 'interrupted') return '; the run was broken off';
  return vitest === 'failed' && status === 'pass' ? '; Vitest failed on something else' : '';
}

function firstLine(message: string): string {
  return message.trim().split('\n', 1)[0] as string;
}
