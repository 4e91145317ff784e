import type { Request } from './load.ts';
import { allMethods, type PreparedRequest, prepare, type RequestLabels } from './prepare.ts';

/** A run of requests that a generator will ask for in order: the i-th is request `first + i * step`. */
export interface Sequence {
  readonly first: number;
  readonly step: 1 | -1;
  /** How many there are; Infinity when the app's speed decides. */
  readonly count: number;
}

/** Makes the requests of a sequence ahead of time, in the test's thread, and keeps what the recording says of them. */
export class Feed {
  readonly #sequence: Sequence;
  readonly #make: (n: number) => Request;
  readonly #call: (n: number) => string;
  readonly #methods: ReadonlySet<string>;
  readonly #labels: RequestLabels[] = [];
  #next: PreparedRequest[] = [];

  /**
   * @param make the user's function, pure
   * @param call how a call of it reads in an error: `request({ n: 3 })`
   * @param methods those that the load can send
   */
  constructor(
    sequence: Sequence,
    make: (n: number) => Request,
    call: (n: number) => string,
    methods: ReadonlySet<string> = allMethods,
  ) {
    this.#methods = methods;
    this.#sequence = sequence;
    this.#make = make;
    this.#call = call;
  }

  /** Makes the first request, so that a wrong one is found before anything starts. @throws what the user's function throws, n named */
  check(): void {
    if (this.#sequence.count > 0 && this.#labels.length === 0) this.#next.push(this.#prepared());
  }

  /**
   * The requests that were not handed out yet, up to the one before index `until`.
   * @throws what the user's function throws, with the call named
   */
  ahead(until: number): PreparedRequest[] {
    const end = Math.min(until, this.#sequence.count);
    while (this.#labels.length < end) this.#next.push(this.#prepared());
    const requests = this.#next;
    this.#next = [];
    return requests;
  }

  /** What the recording says of request `n`. A request that was never handed out is made for its labels alone. */
  labels(n: number): RequestLabels {
    const index = (n - this.#sequence.first) * this.#sequence.step;
    while (this.#labels.length <= index) this.#prepared();
    return this.#labels[index] as RequestLabels;
  }

  #prepared(): PreparedRequest {
    const n = this.#sequence.first + this.#labels.length * this.#sequence.step;
    const call = this.#call(n);
    const { request, labels } = prepare(this.#called(n, call), call, this.#methods);
    this.#labels.push(labels);
    return request;
  }

  #called(n: number, call: string): Request {
    try {
      return this.#make(n);
    } catch (error) {
      throw new Error(`${call} threw: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  }
}
