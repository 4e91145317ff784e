import { findCommonNames } from '../../analysis/window/names.ts';
import { namedPart, type Recording, type Window } from '../../recording/recording.ts';
import type { Metric } from '../metric.ts';

/** Kinds of operations that get lines of their own: the most frequent ones. */
const mostNames = 5;
/** Operations of a kind below which it gets no line. */
const fewestOperations = 100;

/**
 * The windows of a metric for each kind of operation. None unless the run has several kinds and the metric is measured
 * for each.
 */
export function namedWindows(metric: Metric, recording: Recording): Window[] {
  if (metric.of !== 'name' || recording.columns.names.length < 2) return [];
  const windows = metric.windows(recording);
  const names = windows.length > 0 ? findCommonNames(recording, fewestOperations).slice(0, mostNames) : [];
  return names.length < 2 ? [] : windows.flatMap((window) => names.map((name) => namedPart(window, name)));
}
