import { cpus, loadavg } from 'node:os';
import Table from 'cli-table3';
import { InvalidArgumentError } from 'commander';

/** Says on stderr what is being measured: one line that is rewritten on a terminal, a line each elsewhere. */
export function progress(text: string): void {
  process.stderr.write(process.stderr.isTTY ? `\r\u001b[K${text}` : `${text}\n`);
}

/** A title and a table in plain text, the first column to the left and all others to the right. */
export function table(title: string, head: readonly string[], rows: readonly (readonly string[])[]): string {
  const grid = new Table({
    head: [...head],
    style: { head: [], border: [], compact: true },
    colAligns: head.map((_, column) => (column === 0 ? 'left' : 'right')),
  });
  for (const row of rows) grid.push([...row]);
  return `\n${title}\n${grid.toString()}`;
}

/** The machine and how busy others keep it: without it a number means little. */
export function machine(): string {
  const [minute = 0] = loadavg();
  return `${cpus().length} x ${cpus()[0]?.model.trim() ?? 'unknown CPU'}, Node ${process.versions.node}, load average ${minute.toFixed(1)} over the last minute`;
}

/** How many rounds, from the command line. @throws InvalidArgumentError unless it is a whole number of at least 1 */
export function rounds(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1) return count;
  throw new InvalidArgumentError('It must be a whole number of at least 1.');
}
