/** Throughput of a closed loop with so many connections. */
export interface ThroughputAt {
  /** A whole number from 1. */
  readonly connections: number;
  /** Operations per second; above 0. */
  readonly throughput: number;
}

/**
 * The universal scalability law, X(N) = lambda N / (1 + sigma (N - 1) + kappa N (N - 1)): N. J. Gunther, Guerrilla
 * Capacity Planning, chapters 4 to 6.
 */
export interface ScalabilityLaw {
  /** Throughput of one connection, per second. */
  readonly lambda: number;
  /** Contention: the share of the work that is done one at a time; from 0. */
  readonly sigma: number;
  /** Coherency: what each pair costs by keeping in step; from 0. */
  readonly kappa: number;
  /** Connections of the highest throughput, sqrt((1 - sigma) / kappa), at least 1; infinite where kappa is 0. */
  readonly peakAt: number;
  /**
   * The highest throughput, per second: at the peak, or what it comes near to; infinite where both sigma and kappa are
   * 0.
   */
  readonly peak: number;
  /** (measured - law) / law, for each measurement. */
  readonly residuals: readonly number[];
  /** Root of the mean of their squares. */
  readonly error: number;
}

/** Throughput of a law at so many connections. */
export function predictThroughput(
  { lambda, sigma, kappa }: Omit<ScalabilityLaw, 'peakAt' | 'peak' | 'residuals' | 'error'>,
  connections: number,
): number {
  const n = connections;
  return (lambda * n) / (1 + sigma * (n - 1) + kappa * n * (n - 1));
}

/**
 * Fits the law by least squares to N / X, which is linear in it: (1 + sigma (N - 1) + kappa N (N - 1)) / lambda. Each
 * point weighs by its relative error, since a throughput spreads in proportion to itself. A coefficient that would come
 * out below 0, as noise on a system that scales well makes it, is 0, and the others are fitted again.
 * @returns undefined from fewer than three different numbers of connections
 * @throws RangeError when a measurement is out of its range
 */
export function fitScalabilityLaw(measured: readonly ThroughputAt[]): ScalabilityLaw | undefined {
  for (const { connections, throughput } of measured) {
    if (Number.isInteger(connections) && connections >= 1 && throughput > 0 && Number.isFinite(throughput)) continue;
    throw new RangeError(
      `fitScalabilityLaw needs whole connections from 1 and a throughput above 0; got ${throughput} at ${connections}`,
    );
  }
  if (new Set(measured.map(({ connections }) => connections)).size < 3) return undefined;
  const fits = [
    [true, true],
    [true, false],
    [false, true],
    [false, false],
  ].flatMap(([withSigma, withKappa]) => fitTerms(measured, withSigma === true, withKappa === true) ?? []);
  return fits.toSorted((a, b) => a.cost - b.cost).map(({ law }) => law)[0];
}

type Term = (n: number) => number;

interface Fit {
  readonly law: ScalabilityLaw;
  /** What was minimised. */
  readonly cost: number;
}

/** The law with these of its terms; undefined where a coefficient would be below 0. */
function fitTerms(measured: readonly ThroughputAt[], withSigma: boolean, withKappa: boolean): Fit | undefined {
  const terms: Term[] = [
    () => 1,
    ...(withSigma ? [(n: number) => n - 1] : []),
    ...(withKappa ? [(n: number) => n * (n - 1)] : []),
  ];
  // The quotient as measured is 1 after weighting, so that what is minimised is the sum of squares of 1 - X / law.
  const rows = measured.map(({ connections, throughput }) =>
    terms.map((term) => (term(connections) * throughput) / connections),
  );
  const products = terms.map((_, i) => terms.map((__, j) => sum(rows.map((row) => at(row, i) * at(row, j)))));
  const solution = solve(
    products,
    terms.map((_, i) => sum(rows.map((row) => at(row, i)))),
  );
  const [first = Number.NaN, ...rest] = solution;
  if (!(first > 0) || rest.some((coefficient) => !(coefficient >= 0))) return undefined;
  const cost = sum(rows.map((row) => (sum(row.map((value, i) => value * at(solution, i))) - 1) ** 2));
  const sigma = withSigma ? at(rest, 0) / first : 0;
  const kappa = withKappa ? at(rest, withSigma ? 1 : 0) / first : 0;
  return { law: makeLaw({ lambda: 1 / first, sigma, kappa }, measured), cost };
}

function makeLaw(
  law: Pick<ScalabilityLaw, 'lambda' | 'sigma' | 'kappa'>,
  measured: readonly ThroughputAt[],
): ScalabilityLaw {
  const { lambda, sigma, kappa } = law;
  const residuals = measured.map(({ connections, throughput }) => throughput / predictThroughput(law, connections) - 1);
  const error = Math.sqrt(sum(residuals.map((residual) => residual ** 2)) / residuals.length);
  const peakAt = kappa > 0 ? Math.sqrt(Math.max(1, (1 - sigma) / kappa)) : Number.POSITIVE_INFINITY;
  const limit = sigma > 0 ? lambda / sigma : Number.POSITIVE_INFINITY;
  const peak = kappa > 0 ? predictThroughput(law, peakAt) : limit;
  return { ...law, peakAt, peak, residuals, error };
}

/** The solution of a system of linear equations, by elimination with pivots; NaN where there is none. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, i) => [...row, at(right, i)]);
  for (let column = 0; column < rows.length; column++) {
    const below = rows.slice(column);
    const pivot = below.reduce((best, row) => (Math.abs(at(row, column)) > Math.abs(at(best, column)) ? row : best));
    rows.splice(rows.indexOf(pivot), 1);
    rows.splice(column, 0, pivot);
    for (const row of rows) {
      if (row === pivot) continue;
      const factor = at(row, column) / at(pivot, column);
      for (let k = column; k < row.length; k++) row[k] = at(row, k) - factor * at(pivot, k);
    }
  }
  return rows.map((row, i) => at(row, rows.length) / at(row, i));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function at(values: readonly number[], index: number): number {
  return values[index] ?? Number.NaN;
}
