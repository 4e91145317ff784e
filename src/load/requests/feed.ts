import { now } from '../../recording/clock.ts';
import { Dictionary } from '../../recording/dictionary.ts';
import { messageOf } from '../checks.ts';
import type { Request } from '../load.ts';
import type { Sequence } from '../plan/share.ts';
import { doWithin } from './interrupt-function.ts';
import { allMethods, type Prepared, type PreparedRequest, prepare, type RequestLabels } from './prepare.ts';

/** Requests that are made between two looks at the clock. */
const together = 1_000;
/** A request function that runs longer is taken to be in an endless loop, milliseconds. */
const longestCall = 5_000;

/** Makes the requests of a sequence ahead of time, in the test's thread, and keeps what the recording says of them. */
export class Feed {
  readonly #sequence: Sequence;
  readonly #make: (n: number) => Request;
  readonly #call: (n: number) => string;
  readonly #methods: ReadonlySet<string>;
  readonly #longest: number;
  /** By the index of the request, until they are asked for: so that a run of millions keeps only those under way. */
  readonly #labels = new Map<number, RequestLabels>();
  readonly #names = new Dictionary('names');
  /** Requests that were made so far. */
  #made = 0;
  #next: PreparedRequest[] = [];
  /** Of the last request: one that is the same is not kept, and not handed over, a second time. */
  #lastRequest: PreparedRequest | undefined;
  #lastLabels: RequestLabels | undefined;
  /** When the call began that runs now. */
  #callBegan = 0;

  /**
   * @param sequence the run of requests that a generator will ask for in order
   * @param make the user's function, pure
   * @param call how a call of it reads in an error: `request({ n: 3 })`
   * @param methods those that the load can send
   * @param longest milliseconds that one call may take
   */
  constructor(
    sequence: Sequence,
    make: (n: number) => Request,
    call: (n: number) => string,
    methods: ReadonlySet<string> = allMethods,
    longest: number = longestCall,
  ) {
    this.#methods = methods;
    this.#sequence = sequence;
    this.#make = make;
    this.#call = call;
    this.#longest = longest;
  }

  /** Makes the first request, so that a wrong one is found before anything starts. @throws as {@link ahead} */
  check(): void {
    if (this.#made === 0) this.#makeUpTo(Math.min(1, this.#sequence.count), true);
  }

  /**
   * The requests that were not handed out yet, up to the one before index `until`.
   * @throws what the user's function throws, with the call named; Error when a call does not return
   */
  ahead(until: number): PreparedRequest[] {
    this.#makeUpTo(Math.min(until, this.#sequence.count), true);
    const requests = this.#next;
    this.#next = [];
    return requests;
  }

  /**
   * What the recording says of request `n`; kept until it is asked for. A request that was never handed out is made for
   * its labels alone, and so is one whose labels were asked for before: its function is pure.
   */
  labels(n: number): RequestLabels {
    const index = (n - this.#sequence.first) / this.#sequence.step;
    if (this.#made <= index) this.#makeUpTo(index + 1, false);
    const labels = this.#labels.get(index) ?? this.#prepare(n).labels;
    this.#labels.delete(index);
    return labels;
  }

  #makeUpTo(end: number, keep: boolean): void {
    while (this.#made < end) {
      const some = Math.min(end, this.#made + together);
      const done = doWithin(this.#longest, () => {
        while (this.#made < some) this.#makeNext(keep);
      });
      // Cut off in a call that had just begun: it is made again, with its full time.
      if (!done && now() - this.#callBegan >= this.#longest / 2) {
        throw new Error(
          `${this.#call(this.#number)} did not return within ${this.#longest / 1_000} s, and was cut off: it must return a request at once; look for a loop that does not end, and prepare what takes long before run()`,
        );
      }
    }
  }

  /** Of the request that is made next. */
  get #number(): number {
    return this.#sequence.first + this.#made * this.#sequence.step;
  }

  #makeNext(keep: boolean): void {
    const { request, labels } = this.#prepare(this.#number);
    // Too many are found at once, and not when the run is over.
    this.#names.codeOf(labels.name);
    if (!sameRequest(request, this.#lastRequest)) this.#lastRequest = request;
    if (!sameLabels(labels, this.#lastLabels)) this.#lastLabels = labels;
    if (keep) this.#next.push(this.#lastRequest as PreparedRequest);
    this.#labels.set(this.#made++, this.#lastLabels as RequestLabels);
  }

  #prepare(n: number): Prepared {
    return prepare(this.#callMake(n), this.#call(n), this.#methods);
  }

  #callMake(n: number): Request {
    this.#callBegan = now();
    try {
      return this.#make(n);
    } catch (error) {
      throw new Error(`${this.#call(n)} threw: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }
}

function sameRequest(a: PreparedRequest, b: PreparedRequest | undefined): boolean {
  return (
    b !== undefined &&
    a.path === b.path &&
    a.body === b.body &&
    a.method === b.method &&
    sameList(a.headers, b.headers) &&
    sameList(a.okWhen, b.okWhen) &&
    sameList(a.reads ?? null, b.reads ?? null) &&
    a.needsBody === b.needsBody
  );
}

function sameLabels(a: RequestLabels, b: RequestLabels | undefined): boolean {
  return b !== undefined && a.key === b.key && a.name === b.name && a.value === b.value && a.kind === b.kind;
}

function sameList<T>(a: readonly T[] | null, b: readonly T[] | null): boolean {
  if (a === null || b === null) return a === b;
  return a.length === b.length && a.every((item, index) => item === b[index]);
}
