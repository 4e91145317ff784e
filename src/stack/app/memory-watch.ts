import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { formatBytes } from '../byte-size.ts';
import { descendantsOf, readProcessTable } from '../machine/processes.ts';

/** Interval (ms) between two looks. */
const lookEvery = process.platform === 'linux' ? 50 : 500;
/** The descendants are listed anew at every tenth look, because that reads the whole process table. */
const familyEvery = 10;

/**
 * Watches the memory of a process and all below it, and calls back once when it is above a limit. What is counted is
 * what only they have (anonymous memory: heaps and stacks), which is what a container's limit cannot take back either;
 * programs and libraries, which can be read again, are not. Peaks between two looks, 50 ms apart, are not seen.
 */
export class MemoryWatch {
  readonly #root: number;
  readonly #limit: number;
  readonly #over: (why: string) => void;
  readonly #timer: NodeJS.Timeout;
  #family: readonly number[];
  #looks = 0;

  /** @param limit in bytes */
  constructor(root: number, limit: number, over: (why: string) => void) {
    this.#root = root;
    this.#limit = limit;
    this.#over = over;
    this.#family = [root];
    this.#timer = setInterval(() => this.#look(), lookEvery);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    if (this.#looks++ % familyEvery === 0)
      this.#family = [this.#root, ...descendantsOf(this.#root, readProcessTable())];
    const used = this.#family.reduce((sum, pid) => sum + readPrivateBytes(pid), 0);
    if (used <= this.#limit) return;
    this.stop();
    this.#over(`it used ${formatBytes(used)}, more than its memory limit of ${formatBytes(this.#limit)}`);
  }
}

/** Bytes of anonymous memory in RAM; on systems without `/proc` all that it has in RAM. 0 when it is gone. */
function readPrivateBytes(pid: number): number {
  try {
    if (process.platform === 'linux') {
      const [, kibibytes = 0] = /^RssAnon:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? [];
      return Number(kibibytes) * 1_024;
    }
    return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) * 1_024;
  } catch {
    // The process has ended.
    return 0;
  }
}
