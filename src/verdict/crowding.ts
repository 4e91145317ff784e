import type { Stretch } from '../analysis/health/health-words.ts';
import { countErrors } from '../analysis/window/errors.ts';
import { findSeries, summarizeSeries } from '../analysis/window/series.ts';
import { readable } from '../duration.ts';
import type { Window } from '../recording/recording.ts';

/** Share of all cores that must have been in use for the machine to have been full. */
const full = 0.9;
/** Least use by others, in per cent of one core, that is held against them. Less than that may be the test runner. */
const much = 50;
/** Share of errors from which on want of CPU is no excuse: the app did not merely answer late. */
const failing = 0.01;

/**
 * Milliseconds before and after a stretch in which the machine is looked at too: it is sampled once or twice a second.
 */
const around = 1_000;

/** Stretches that are looked at one by one; more of them are looked at as one, from the first to the last. */
const mostStretches = 100;

/**
 * The same as {@link explainCrowding}, of times that were too long in some stretches of a run, whatever else was in it:
 * an outage elsewhere is no answer to why a poll was late. Undefined unless the machine was full in every one of them.
 */
export function explainCrowdingIn({ recording }: Window, stretches: readonly Stretch[]): string | undefined {
  const [first, last] = [stretches[0], stretches.at(-1)];
  if (!first || !last) return undefined;
  let reason: string | undefined;
  for (const { from, to } of stretches.length > mostStretches ? [{ from: first.from, to: last.to }] : stretches) {
    const name = `${readable(from)} to ${readable(to)}`;
    const crowded = explainCrowding({ recording, name, from, to, faults: [] }, around);
    if (crowded === undefined) return undefined;
    reason ??= crowded;
  }
  return reason;
}

/**
 * Why a time that was too long says little about the app: the machine was full in this window, and processes that have
 * no part in the experiment, or other guests of the same host, used half a core or more. Undefined when that was not
 * seen; when something that was observed did not say what it used itself (a service in a container), for then nobody
 * knows who the others are; and when the app did not answer, or answered with errors.
 * @param around milliseconds before and after the window in which the machine is looked at too
 */
export function explainCrowding(window: Window, around = 0): string | undefined {
  const { recording } = window;
  const looked = { from: window.from - around, to: window.to + around };
  const mean = (subject: string, name: string): number => {
    const series = findSeries(recording, subject, name);
    return series ? summarizeSeries(series, looked).mean : Number.NaN;
  };
  const stolen = mean('machine', 'stolen cpu') || 0;
  const used = mean('machine', 'cpu') + stolen;
  const cores = mean('machine', 'cores');
  const subjects = new Set(recording.series.map(({ subject }) => subject));
  // Neither is a process: the machine is all of them, and probes are numbers of the user's own.
  for (const subject of ['machine', 'probe']) subjects.delete(subject);
  const own = [...subjects].reduce((sum, subject) => sum + mean(subject, 'cpu'), 0);
  // Whatever is not known is NaN, and no comparison with it holds.
  if (!(used >= full * cores * 100 && used - own >= much)) return undefined;
  // Of a race most contenders are turned down.
  if (recording.generator.loop !== 'race' && !(countErrors(window).share.best < failing)) return undefined;
  return (
    `The machine was full ${window === recording ? 'in this run' : `in the window '${window.name}'`}: ${percent(used)} of ${percent(cores * 100)}, ` +
    `of which ${percent(used - own)} went to processes that have no part in it${stolen > 0 ? ' or to other guests of this host' : ''}. ` +
    'What was slow may have been slow for want of a core: end them, or run on another machine.'
  );
}

function percent(value: number): string {
  return `${Math.round(value)} %`;
}
