import { drawUpLedger } from '../../dist/analysis/keys/ledger.js';
import { measureRecovery } from '../../dist/analysis/recovery/recovery.js';
import { countErrors } from '../../dist/analysis/window/errors.js';
import { measureLatencies, percentile } from '../../dist/analysis/window/latency.js';
import { Spool } from '../../dist/recording/file/spool.js';
import { Recording, type StateRow } from '../../dist/recording/recording.js';
import type { RecordingFigures } from './figures.ts';
import { chunkAt, key, rate } from './synthetic.ts';

// One size of recording in a process of its own: node round.ts <operations>. Prints its figures as JSON.
const operations = Number(process.argv[2]);
const chunk = 16_384;

// Code is loaded and compiled before anything is counted.
const rehearsal = new Spool();
rehearsal.append(chunkAt(0, chunk));
analyse(recordingOf(rehearsal, chunk));
const atStart = process.memoryUsage().rss;

const spool = new Spool();
let appending = 0;
for (let from = 0; from < operations; from += chunk) {
  const columns = chunkAt(from, Math.min(chunk, operations - from));
  const begin = performance.now();
  spool.append(columns);
  appending += performance.now() - begin;
}
const recording = recordingOf(spool, operations);
const { onDisk } = spool;
const analyses = analyse(recording);
const grown = process.resourceUsage().maxRSS * 1_024 - atStart;

// The final state is the test's own and lies in memory whatever we do, so what the ledger needs is counted apart.
const after: StateRow[] = Array.from({ length: operations }, (_, n) => ({ key: key(n), value: undefined }));
const withState = new Recording(
  Object.assign({}, recording, { finalState: { before: [], after, settled: true, settleTime: 0 } }),
);
const atLedger = process.memoryUsage().rss;
const ledgerTime = timed(() => drawUpLedger(withState));
const ledgerGrown = Math.max(0, process.resourceUsage().maxRSS * 1_024 - Math.max(atLedger, atStart + grown));

const figures: RecordingFigures = {
  inMemory: grown,
  onDisk,
  appended: (operations / appending) * 1_000,
  analyses: { ...analyses, ledger: ledgerTime },
  ledgerMemory: ledgerGrown,
};
console.log(JSON.stringify(figures));

function recordingOf(from: Spool, length: number): Recording {
  const duration = (length / rate) * 1_000;
  const fault = {
    name: 'refuse(redis)',
    kind: 'refuse',
    service: 'redis',
    serviceKind: 'redis',
    askedAt: duration * 0.4,
    inEffectAt: duration * 0.4,
    healAskedAt: duration * 0.5,
    healedAt: duration * 0.5,
    instants: {},
    bite: { connectionsBefore: 1, seenAtStart: true, seenBeforeEnd: true, detail: 'synthetic' },
  };
  return new Recording({
    columns: from.columns(),
    generator: { load: 'synthetic', loop: 'open', offeredRate: rate, stalls: [], connections: undefined },
    duration,
    faults: [fault],
    finalState: undefined,
    exits: [],
    series: [],
    seed: 1,
    startedAt: '2026-01-01T00:00:00.000Z',
  });
}

function analyse(recording: Recording): Omit<RecordingFigures['analyses'], 'ledger'> {
  return {
    p99: timed(() => percentile(measureLatencies(recording, 'worst'), 0.99)),
    errors: timed(() => countErrors(recording)),
    recovery: timed(() => measureRecovery(recording)),
  };
}

/** Milliseconds that it takes. */
function timed(work: () => unknown): number {
  const begin = performance.now();
  work();
  return performance.now() - begin;
}
