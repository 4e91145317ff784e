/** What is measured: times in milliseconds, rates per second, the others are counts. */
export type Figure =
  | 'p50'
  | 'p95'
  | 'p99'
  | 'p99.9'
  | 'mean'
  | 'p95 after a warm-up'
  | 'rate'
  | 'lag p99'
  | 'requests'
  | 'status errors'
  | 'connection errors'
  | 'other errors';

/** Figures as far as a tool, or the truth, gives them. */
export type Figures = Readonly<Partial<Record<Figure, number>>>;

const counts: readonly Figure[] = ['requests', 'status errors', 'connection errors', 'other errors'];

/** Whether a figure counts something, so that it is right or wrong and never near. */
export function isCount(figure: Figure): boolean {
  return counts.includes(figure);
}

/** The aim: counts are exact, all others within 2 % of the truth, times also within 0.5 ms. */
export function isNear(figure: Figure, value: number, truth: number): boolean {
  const deviation = Math.abs(value - truth);
  if (isCount(figure)) return deviation === 0;
  return deviation <= Math.max(0.02 * truth, figure === 'rate' ? 0 : 0.5);
}
