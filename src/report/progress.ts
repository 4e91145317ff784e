import { readable } from '../duration.ts';

/** How a running test is doing. */
export interface ProgressReport {
  readonly test: string;
  /** `warm-up`, `load`, `refuse(redis) in effect`, `settling`. */
  readonly phase: string;
  /** Milliseconds since the run began. */
  readonly elapsed: number;
  /** Operations that ended so far. */
  readonly operations: number;
  /** How many of them are errors. */
  readonly errors: number;
}

const longest = 99;

/**
 * A test's progress on one line; a title that is too long is cut.
 * @param columns how long the line may be; more than 99 counts as 99
 */
export function progressLine(report: ProgressReport, columns = longest): string {
  const { test, phase, elapsed, operations, errors } = report;
  const share = operations > 0 ? `, ${((100 * errors) / operations).toFixed(1)} % errors` : '';
  const rest = ` | ${phase} | ${readable(elapsed)} | ${operations} operations${share}`;
  const width = Math.min(columns, longest);
  return cutToWidth(`${cutToWidth(test, Math.max(10, width - rest.length))}${rest}`, width);
}

/** The part of a terminal that a {@link ProgressDisplay} uses; `process.stdout` is one. */
export interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string, ...more: unknown[]): unknown;
}

const clearLine = '\r\u001b[2K';

/**
 * One line at the bottom of a terminal, drawn over at each `show`. Other text written to the terminal takes the line's
 * place, and the next `show` draws the line below. Silent in three cases: the output is not a terminal, it is CI, or
 * another reporter has taken over the terminal's `write` for a live window of its own.
 */
export class ProgressDisplay {
  readonly #terminal: Terminal;
  readonly #quiet: boolean;
  #restore: (() => void) | undefined;

  /** @param environment `CI` set to anything but `false` or `0` silences the display */
  constructor(terminal: Terminal = process.stdout, environment: NodeJS.ProcessEnv = process.env) {
    this.#terminal = terminal;
    this.#quiet = !terminal.isTTY || !['', '0', 'false'].includes(environment.CI ?? '');
  }

  /** Columns that a line may take. */
  get room(): number {
    // One column stays free: a full line would wrap on some terminals, and then \r no longer reaches its start. Some
    // terminals say that they have 0 columns.
    return (this.#terminal.columns || longest + 1) - 1;
  }

  /** Draws the line in place of the one before. */
  show(line: string): void {
    if (this.#quiet) return;
    this.clear();
    if (this.#takenOver()) return;
    this.#terminal.write(cutToWidth(line, this.room));
    this.#clearBeforeOthersWrite();
  }

  /** Removes the line, if there is one. */
  clear(): void {
    if (!this.#restore) return;
    this.#restore();
    this.#restore = undefined;
    this.#terminal.write(clearLine);
  }

  #clearBeforeOthersWrite(): void {
    const terminal = this.#terminal;
    const own = Object.getOwnPropertyDescriptor(terminal, 'write');
    const write = terminal.write.bind(terminal);
    this.#restore = () => {
      if (own) Object.defineProperty(terminal, 'write', own);
      else Reflect.deleteProperty(terminal, 'write');
    };
    terminal.write = (...content) => {
      this.clear();
      return write(...content);
    };
  }

  #takenOver(): boolean {
    const inherited = (Object.getPrototypeOf(this.#terminal) as Partial<Terminal>).write;
    return inherited !== undefined && this.#terminal.write !== inherited;
  }
}

function cutToWidth(text: string, columns: number): string {
  return text.length <= columns ? text : `${text.slice(0, Math.max(0, columns - 3))}...`;
}
