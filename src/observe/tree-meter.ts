import type { Reading } from '../stack/observable.ts';
import { memoryOf, type ProcessUsage, treeOf } from './process-usage.ts';

/** CPU and memory of a process with all below it, from one look at the process table to the next. */
export class TreeMeter {
  #root: string | undefined;
  #last = 0;
  #counted = 0;

  /**
   * The tree as it is now.
   * @param root undefined while it does not run
   * @param without processes that are left out, with all below them
   * @returns undefined when there is no such process
   */
  read(root: number | undefined, table: readonly ProcessUsage[], without: readonly number[] = []): Reading | undefined {
    const tree = root === undefined ? [] : treeOf(root, table, without);
    const [main] = tree;
    if (!main) return undefined;
    const total = tree.reduce((sum, { cpu }) => sum + cpu, 0);
    const identity = `${main.pid} ${main.startTime}`;
    if (this.#root === undefined) this.#last = total;
    // Started anew: all that it has used is new.
    else if (this.#root !== identity) this.#last = 0;
    this.#root = identity;
    // Less than before: one left the tree without its parent's having waited for it.
    this.#counted += Math.max(0, total - this.#last);
    this.#last = total;
    return {
      facts: [
        { name: 'cpu', counted: this.#counted, unit: '%' },
        { name: 'memory', unit: 'bytes', value: memoryOf(tree) },
      ],
    };
  }
}
