import { mustBeFunction } from './checks.ts';
import type { Load, Request, RequestContext } from './load.ts';
import { combineLoads, type NamedLoad } from './mixed-loads.ts';

/** Kinds of requests, by a name for each. */
export interface MixedOptions<Name extends string> {
  /**
   * How often each kind comes, in proportion to the others: `{ order: 40, trip: 30, location: 20, notification: 10 }`.
   * From 0, one above it.
   */
  readonly weights: Readonly<Record<Name, number>>;
  /** Makes the requests of each kind, pure as every request function. */
  readonly requests: Readonly<Record<NoInfer<Name>, (context: RequestContext) => Request>>;
  readonly loads?: never;
  readonly sharedKeys?: never;
}

/** Loads that share what is offered, by a name for each. */
export interface SharedLoads<Name extends string> {
  /** What each load's share is in proportion to. From 0, one above it; a load of 0 is left out. */
  readonly weights: Readonly<Record<Name, number>>;
  /** Makes each load from its share, above 0 and up to 1: `(share) => arrivals({ rate: 100 * share, ... })`. */
  readonly loads: Readonly<Record<NoInfer<Name>, (share: number) => Load>>;
  /** Whether several loads may write the same keys. Default false. */
  readonly sharedKeys?: boolean;
  readonly requests?: never;
}

/** Loads side by side, by a name for each: `{ orders: arrivals({ ... }), acceptance: race({ ... }) }`. */
export interface NamedLoads {
  readonly loads: Readonly<Record<string, Load>>;
  /** Whether several loads may write the same keys. Default false. */
  readonly sharedKeys?: boolean;
  readonly weights?: never;
  readonly requests?: never;
}

/**
 * One request function out of several, for any load: which kind request n is, is drawn by the weights from the run's
 * seed. Each operation carries the name of its kind, unless the request has one of its own.
 * @throws TypeError when a weight is no number from 0, all are 0, or a kind has no function
 */
export function mixed<Name extends string>(options: MixedOptions<Name>): (context: RequestContext) => Request;
/**
 * Several loads at once, each in a generator of its own: requests, journeys and calls at rates of their own, or a race
 * beside them. Arrivals have one zero, after the longest of their warm-ups (`steady` lasts as long as it may); any
 * other load begins there, and warms up then. Each numbers its operations from 0, so give them keys that differ.
 * Operations without a name of their own get that of their load.
 * @throws TypeError when a weight is no number from 0, all are 0, or something is no load
 * @throws RangeError when two loads write the same key, as far as their first thousand requests show
 */
export function mixed<Name extends string>(options: SharedLoads<Name> | NamedLoads): Load;
export function mixed<Name extends string>(
  options: MixedOptions<Name> | SharedLoads<Name> | NamedLoads,
): Load | ((context: RequestContext) => Request) {
  if (options?.loads === undefined) return mixedRequests(options as MixedOptions<Name>);
  if (options.requests !== undefined) {
    throw new TypeError('mixed: requests and loads exclude each other; a load may have mixed requests of its own');
  }
  const { weights, sharedKeys = false } = options;
  const loads =
    weights === undefined ? namedLoads((options as NamedLoads).loads) : sharedLoads(options as SharedLoads<Name>);
  return combineLoads(loads, { sharedKeys });
}

function mixedRequests<Name extends string>(options: MixedOptions<Name>): (context: RequestContext) => Request {
  const kinds = weigh(options?.weights, options?.requests, 'requests', (name) => [
    `({ n }) => ({ path: '/${name}/' + n })`,
    'kind of request',
  ]);
  const total = kinds.at(-1)?.until ?? 0;
  return (context) => {
    const drawn = context.random() * total;
    // Below 1 times the total may round up to the total itself.
    const kind = kinds.find(({ until }) => drawn < until) ?? (kinds.at(-1) as (typeof kinds)[number]);
    const request = kind.make(context);
    return isNameless(request) ? { ...request, name: kind.name } : request;
  };
}

function sharedLoads<Name extends string>({ weights, loads }: SharedLoads<Name>): NamedLoad[] {
  const kinds = weigh(weights, loads, 'loads', () => [
    `(share) => arrivals({ rate: 100 * share, ... }), where there are weights`,
    'load',
  ]);
  const total = kinds.at(-1)?.until ?? 0;
  return kinds.map(({ name, weight, make }) => ({ name, load: mustBeLoad(make(weight / total), name) }));
}

function namedLoads(loads: Readonly<Record<string, Load>>): NamedLoad[] {
  const named = Object.entries(loads ?? {}).map(([name, load]) => ({ name, load: mustBeLoad(load, name) }));
  if (named.length > 0) return named;
  throw new TypeError('mixed: loads must name one load or more, such as { orders: arrivals({ ... }) }');
}

function mustBeLoad(load: unknown, name: string): Load {
  if (typeof load === 'object' && load !== null && 'run' in load && typeof load.run === 'function') return load as Load;
  const remedy = typeof load === 'function' ? 'a function of its share needs weights' : `got ${typeof load}`;
  throw new TypeError(`mixed: loads.${name} must be a load such as arrivals({ ... }) or race({ ... }); ${remedy}`);
}

interface Kind<Make> {
  readonly name: string;
  readonly weight: number;
  /** Its weight with those of the kinds before it. */
  readonly until: number;
  readonly make: Make;
}

/** A request without a name. What is no request at all is left for the load to refuse. */
function isNameless(request: Request): boolean {
  return typeof request === 'object' && request !== null && !('then' in request) && request.name === undefined;
}

/** The kinds that may come. */
function weigh<Name extends string, Make>(
  weights: Readonly<Record<Name, number>>,
  makers: Readonly<Record<Name, Make>>,
  option: string,
  texts: (name: string) => readonly [example: string, kind: string],
): Kind<Make>[] {
  const names = Object.keys(weights ?? {}) as Name[];
  const kinds: Kind<Make>[] = [];
  for (const name of names) {
    const weight: unknown = weights[name];
    if (!(typeof weight === 'number' && Number.isFinite(weight) && weight >= 0)) {
      throw new TypeError(`mixed: the weight of ${name} must be a number from 0; got ${String(weight)}`);
    }
    const make = makers?.[name];
    mustBeFunction(make, `mixed: ${option}.${name}`, texts(name)[0]);
    if (weight > 0) kinds.push({ name, weight, until: (kinds.at(-1)?.until ?? 0) + weight, make });
  }
  const stranger = Object.keys(makers ?? {}).find((name) => !names.includes(name as Name));
  if (stranger !== undefined) {
    throw new TypeError(`mixed: ${option}.${stranger} has no weight; weights name ${names.join(', ') || 'nothing'}`);
  }
  if (kinds.length > 0) return kinds;
  throw new TypeError(
    `mixed: weights must name one ${texts('')[1]} or more with a weight above 0, such as { order: 40, trip: 60 }`,
  );
}
