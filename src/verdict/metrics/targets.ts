import type { FixedName } from '../metric.ts';

/** A metric that a target can bound. */
export type TargetMetric = Exclude<
  FixedName,
  'transactions rolled back' | 'time to degrade' | 'goodput lost' | 'relapses' | 'answered of offered'
>;

/** A bound in the metric's own unit: per second, milliseconds, per cent (or `'0.1%'`), keys. */
export type TargetBound =
  | { readonly above: TargetValue }
  | { readonly atLeast: TargetValue }
  | { readonly below: TargetValue }
  | { readonly atMost: TargetValue };

type TargetValue = number | `${number}%` | `${number} %`;

/** Bounds by metric. `{ RPS: { above: 200 }, p99: { below: 500 } }` */
export type TargetBounds = { readonly [M in TargetMetric]?: TargetBound };

/** An environment with what is demanded of it. */
export interface Target {
  readonly name: string;
  readonly bounds: TargetBounds;
}

/** Environments from the most lenient to the strictest. */
export type TargetName = 'development' | 'staging' | 'production' | 'enterprise';

const strict: TargetBounds = {
  'error rate': { below: 0.1 },
  availability: { above: 99.95 },
  'race time': { below: 100 },
  'Redis outage error rate': { below: 1 },
  'Redis recovery': { below: 5_000 },
  'success after a database outage': { above: 99 },
  'pool recovery': { below: 5_000 },
  'queue backlog': { below: 100 },
  lost: { atMost: 0 },
};

/** The bounds of each environment, unless a suite gives its own. Times in milliseconds, shares in per cent. */
export const targets: Readonly<Record<TargetName, TargetBounds>> = {
  development: {
    RPS: { above: 100 },
    p99: { below: 2_000 },
    'win rate': { above: 99 },
    'database recovery': { below: 60_000 },
    recovery: { below: 60_000 },
  },
  staging: {
    RPS: { above: 200 },
    p99: { below: 1_000 },
    'win rate': { atLeast: 100 },
    'database recovery': { below: 30_000 },
    recovery: { below: 30_000 },
  },
  production: {
    RPS: { above: 500 },
    p95: { below: 200 },
    p99: { below: 500 },
    'win rate': { atLeast: 100 },
    'database recovery': { below: 10_000 },
    recovery: { below: 10_000 },
    ...strict,
  },
  enterprise: {
    RPS: { above: 1_000 },
    p99: { below: 200 },
    'win rate': { atLeast: 100 },
    'database recovery': { below: 5_000 },
    recovery: { below: 5_000 },
    ...strict,
  },
};

/**
 * A target by its name.
 * @param own bounds of a suite, which replace those of the same name
 * @param name default: the environment variable `BREAKING_POINT_TARGET`, or `production`
 * @throws RangeError for a name that is not in the table
 */
export function target(name?: string, own: Readonly<Partial<Record<TargetName, TargetBounds>>> = {}): Target {
  const fromEnvironment = process.env.BREAKING_POINT_TARGET;
  const chosen = name ?? (fromEnvironment || 'production');
  if (Object.hasOwn(targets, chosen)) {
    return { name: chosen, bounds: own[chosen as TargetName] ?? targets[chosen as TargetName] };
  }
  const source = name === undefined ? 'BREAKING_POINT_TARGET' : 'target';
  throw new RangeError(`${source} must be one of ${Object.keys(targets).join(', ')}; got '${chosen}'`);
}
