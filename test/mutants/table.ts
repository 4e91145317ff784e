import Table from 'cli-table3';
import type { Verdict } from './judge.ts';
import type { Mutant } from './mutant.ts';

const widest = 70;

/** The kill matrix in plain text: defect, the test that is there for it, its metric, what it said, seconds. */
export function killTable(verdicts: ReadonlyMap<Mutant, readonly Verdict[]>): string {
  const grid = new Table({
    head: ['defect', 'test', 'metric', 'caught', 'message', 'seconds'],
    style: { head: [], border: [], compact: true },
    colAligns: ['left', 'left', 'left', 'right', 'left', 'right'],
  });
  for (const [{ defect, title, metric }, seen] of verdicts) {
    const caught = seen.filter(({ kind }) => kind === 'killed').length;
    const told = seen.find(({ kind }) => kind !== 'killed') ?? seen[0];
    const message = told ? `${told.kind === 'killed' ? '' : `${told.kind}: `}${told.message}` : '';
    const seconds = seen.reduce((sum, verdict) => sum + verdict.seconds, 0) / seen.length;
    grid.push([defect, title, metric, `${caught} of ${seen.length}`, shortened(message), seconds.toFixed(1)]);
  }
  return grid.toString();
}

function shortened(message: string): string {
  const line = message.split('\n', 1)[0] ?? '';
  return line.length > widest ? `${line.slice(0, widest - 3)}...` : line;
}
