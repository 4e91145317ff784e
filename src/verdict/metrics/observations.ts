import { seriesOf, summaryOfSeries, totalOf } from '../../analysis/window/series.ts';
import type { Recording, Window } from '../../recording/recording.ts';
import { counted } from '../words/evidence.ts';
import type { Measurement } from './measurements.ts';

/** The run, if that was observed in it. */
export const observed =
  (subject: string, name: string) =>
  (recording: Recording): Window[] =>
    seriesOf(recording, subject, name) ? [recording] : [];

/** Most memory that was seen, in bytes. */
export const peakMemory =
  (subject: string) =>
  (window: Window): Measurement =>
    summarised(window, subject, 'memory', 'max', bytesText);

/** Mean use of CPU in per cent of one core. */
export const meanCpu =
  (subject: string) =>
  (window: Window): Measurement =>
    summarised(window, subject, 'cpu', 'mean', coreText);

const rolledBack = 'transactions rolled back';

/** The run, if a fault was on a Postgres whose transactions were counted. */
export const rollbacksCounted = (recording: Recording): Window[] =>
  faultedDatabases(recording).some((service) => seriesOf(recording, service, rolledBack)) ? [recording] : [];

/** Transactions that the servers themselves say they rolled back. What they had not counted yet when they were killed is not among them. */
export function rollbacks({ recording }: Window): Measurement {
  const seen = faultedDatabases(recording).flatMap((service) => seriesOf(recording, service, rolledBack) ?? []);
  // The last sample comes just after the end of the load.
  const all = { from: 0, to: Number.POSITIVE_INFINITY };
  const total = Math.round(seen.reduce((sum, series) => sum + totalOf(series, all), 0));
  const samples = seen.reduce((sum, series) => sum + summaryOfSeries(series, all).samples, 0);
  return { best: total, worst: total, shown: counted(total, 'transaction'), samples };
}

function faultedDatabases({ faults }: Recording): string[] {
  return [...new Set(faults.filter((fault) => fault.serviceKind === 'postgres').map((fault) => fault.service))];
}

function summarised(
  window: Window,
  subject: string,
  name: string,
  field: 'mean' | 'max',
  text: (value: number) => string,
): Measurement {
  const series = seriesOf(window.recording, subject, name);
  const { [field]: value, samples } = series
    ? summaryOfSeries(series, window)
    : { mean: Number.NaN, max: Number.NaN, samples: 0 };
  return { best: value, worst: value, shown: Number.isNaN(value) ? 'not measured' : text(value), samples };
}

function bytesText(bytes: number): string {
  const mebibytes = bytes / 2 ** 20;
  return `${mebibytes < 10 ? mebibytes.toFixed(1) : Math.round(mebibytes).toLocaleString('en-US')} MiB`;
}

function coreText(percent: number): string {
  return `${percent.toFixed(percent < 10 ? 1 : 0)} % of a core`;
}
