import type { Request, RequestContext } from './load.ts';
import { mustBeFunction } from './options.ts';

/** Kinds of requests, by a name for each. */
export interface MixedOptions<Name extends string> {
  /** How often each kind comes, in proportion to the others: `{ order: 40, trip: 30, location: 20, notification: 10 }`. From 0, one above it. */
  readonly weights: Readonly<Record<Name, number>>;
  /** Makes the requests of each kind, pure as every request function. */
  readonly requests: Readonly<Record<NoInfer<Name>, (context: RequestContext) => Request>>;
}

/**
 * One request function out of several, for any load: which kind request n is, is drawn by the weights from the run's seed. Each
 * operation carries the name of its kind, unless the request has one of its own.
 * @throws TypeError when a weight is no number from 0, all are 0, or a kind has no function
 */
export function mixed<Name extends string>(options: MixedOptions<Name>): (context: RequestContext) => Request {
  const kinds = checked(options);
  const total = kinds.at(-1)?.until ?? 0;
  return (context) => {
    const drawn = context.random() * total;
    // Below 1 times the total may round up to the total itself.
    const kind = kinds.find(({ until }) => drawn < until) ?? (kinds.at(-1) as Kind);
    const request = kind.make(context);
    return isNameless(request) ? { ...request, name: kind.name } : request;
  };
}

interface Kind {
  readonly name: string;
  /** Its weight with those of the kinds before it. */
  readonly until: number;
  readonly make: (context: RequestContext) => Request;
}

/** A request without a name. What is no request at all is left for the load to refuse. */
function isNameless(request: Request): boolean {
  return typeof request === 'object' && request !== null && !('then' in request) && request.name === undefined;
}

/** The kinds that may come. */
function checked<Name extends string>({ weights, requests }: MixedOptions<Name>): Kind[] {
  const names = Object.keys(weights ?? {}) as Name[];
  const kinds: Kind[] = [];
  for (const name of names) {
    const weight: unknown = weights[name];
    if (!(typeof weight === 'number' && Number.isFinite(weight) && weight >= 0)) {
      throw new TypeError(`mixed: the weight of ${name} must be a number from 0; got ${String(weight)}`);
    }
    const make = requests?.[name];
    mustBeFunction(make, `mixed: requests.${name}`, `({ n }) => ({ path: '/${name}/' + n })`);
    if (weight > 0) kinds.push({ name, until: (kinds.at(-1)?.until ?? 0) + weight, make });
  }
  const stranger = Object.keys(requests ?? {}).find((name) => !names.includes(name as Name));
  if (stranger !== undefined) {
    throw new TypeError(`mixed: requests.${stranger} has no weight; weights name ${names.join(', ') || 'nothing'}`);
  }
  if (kinds.length > 0) return kinds;
  throw new TypeError(
    'mixed: weights must name one kind of request or more with a weight above 0, such as { order: 40, trip: 60 }',
  );
}
