/** Something that went wrong although no request asked for it; the server goes on. */
export interface Trouble {
  /** What does not work, and what can be done. */
  readonly message: string;
  /** The system's own words. */
  readonly error: string;
  /** Name of the proxy it happened to; absent for the API. */
  readonly proxy?: string;
}

/** Is told of each {@link Trouble}. */
export type OnTrouble = (trouble: Trouble) => void;

/** A trouble of one kind is told again after this many ms. */
const quietFor = 1_000;

/**
 * Passes on the first of equal troubles and, while they go on, one each second: a dead upstream has as many as there
 * are connections.
 * @param clock milliseconds
 */
export function oncePerSecond(tell: OnTrouble, clock: () => number = () => performance.now()): OnTrouble {
  const toldAt = new Map<string, number>();
  return (trouble) => {
    const kind = JSON.stringify([trouble.proxy, trouble.message]);
    const now = clock();
    if (now - (toldAt.get(kind) ?? Number.NEGATIVE_INFINITY) < quietFor) return;
    toldAt.set(kind, now);
    tell(trouble);
  };
}

/** An upstream that could not be reached, or no file left to reach it with. */
export function dialTrouble(proxy: string, upstream: string, error: unknown): Trouble {
  if (hasCode(error, 'EMFILE') || hasCode(error, 'ENFILE')) return { ...filesTrouble(textOf(error)), proxy };
  return { proxy, message: `The upstream ${upstream} can't be reached; its clients are closed`, error: textOf(error) };
}

/** No file is left for another connection. */
export function filesTrouble(error = 'EMFILE'): Trouble {
  return { message: 'Too many open files: new connections are closed at once. Raise the limit (ulimit -n)', error };
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
