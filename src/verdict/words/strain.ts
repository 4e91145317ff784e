import { findSeries, summarizeSeries } from '../../analysis/window/series.ts';
import type { Recording, Series } from '../../recording/recording.ts';
import { counted } from './evidence.ts';

/** Share of a core, on the mean, from which on it is worth a word. */
const busy = 0.8;
/** Milliseconds of event-loop delay that are worth a word. */
const late = 100;

/**
 * What was seen of the app and its services that may explain a bad result, as sentences. Empty when nothing was seen,
 * or all was at ease.
 */
export function strainText(recording: Recording): string {
  const of = (subject: string, name: string) => summaryOf(recording, findSeries(recording, subject, name));
  const cpu = of('app', 'cpu').mean;
  const delay = of('app', 'event-loop delay max').max;
  const waits = recording.series
    .filter(({ name }) => name === 'lock waits')
    .map((series) => ({ service: series.subject, most: summaryOf(recording, series).max }))
    .filter(({ most }) => most > 0);
  const used = cpu >= 100 * busy ? `The app used ${Math.round(cpu)} % of a core.` : '';
  return [
    used,
    delay >= late ? `${used ? 'Its' : "The app's"} event loop was blocked for up to ${Math.round(delay)} ms.` : '',
    ...waits.map(({ service, most }) => `Up to ${counted(most, 'connection')} to ${service} waited for locks.`),
  ]
    .filter(Boolean)
    .join(' ');
}

function summaryOf(recording: Recording, series: Series | undefined) {
  return series ? summarizeSeries(series, recording) : { mean: Number.NaN, max: Number.NaN };
}
