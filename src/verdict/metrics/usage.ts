import { addUpRates, findSeries, summarizeSeries } from '../../analysis/window/series.ts';
import type { Recording } from '../../recording/recording.ts';
import type { Metric, MetricWords } from '../metric.ts';
import { faultsText } from '../words/evidence.ts';

const plain: MetricWords = { facts: ({ window }) => [faultsText(window.faults)], advice: () => [] };

const rolledBack = 'transactions rolled back';

/**
 * Transactions that the servers themselves say they rolled back. A killed server's last ones, not yet counted, are
 * missing.
 */
export const rollbacks: Metric = {
  name: rolledBack,
  unit: 'transactions',
  of: 'run',
  better: 'neither',
  worsen: [],
  how: "the server's own count of the database over the whole run; what a crash undid without being counted is not in it",
  windows: (recording) =>
    faultedDatabases(recording).some((service) => findSeries(recording, service, rolledBack)) ? [recording] : [],
  measure: ({ recording }) => {
    const seen = faultedDatabases(recording).flatMap((service) => findSeries(recording, service, rolledBack) ?? []);
    // The last sample comes just after the end of the load.
    const all = { from: 0, to: Number.POSITIVE_INFINITY };
    const total = Math.round(seen.reduce((sum, series) => sum + addUpRates(series, all), 0));
    const samples = seen.reduce((sum, series) => sum + summarizeSeries(series, all).samples, 0);
    return { best: total, worst: total, samples, needs: 1, doubts: [] };
  },
  words: plain,
};

/** Mean use of CPU in per cent of one core. */
export const appCpu: Metric = {
  ...observed('app', 'cpu', 'mean'),
  name: 'app CPU',
  unit: '%',
  how: "mean CPU of the app's process tree; 100 % is one core",
  words: {
    ...plain,
    text: (percent) => `${percent.toFixed(percent < 10 ? 1 : 0)} % of a core`,
  },
};

/** Most memory that was seen, in bytes. */
export const [appMemory, generatorMemory] = [memoryOf('app'), memoryOf('generator')] as const;

function memoryOf(subject: 'app' | 'generator'): Metric {
  return {
    ...observed(subject, 'memory', 'max'),
    name: `${subject} memory`,
    unit: 'bytes',
    extreme: true,
    how: `most memory that was seen of the ${subject}'s process tree, what its processes share counted once`,
    words: plain,
  };
}

function observed(
  subject: string,
  name: string,
  field: 'mean' | 'max',
): Pick<Metric, 'of' | 'better' | 'worsen' | 'windows' | 'measure'> {
  return {
    of: 'window',
    better: 'less',
    worsen: ['a higher value in the last part'],
    windows: (recording) => (findSeries(recording, subject, name) ? [recording] : []),
    measure: (window) => {
      const series = findSeries(window.recording, subject, name);
      const { [field]: value, samples } = series
        ? summarizeSeries(series, window)
        : { mean: Number.NaN, max: Number.NaN, samples: 0 };
      const reason = `This recording has no series ${name} of the ${subject}: it is sampled where the run starts the ${subject} itself.`;
      const doubts = series ? [] : [{ reason }];
      return { best: value, worst: value, samples, needs: 1, doubts };
    },
  };
}

function faultedDatabases({ faults }: Recording): string[] {
  return [...new Set(faults.filter((fault) => fault.serviceKind === 'postgres').map((fault) => fault.service))];
}
