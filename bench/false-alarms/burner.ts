import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** Works in slices of 50 ms, so that it sees when the bench is gone. */
const work = `
const slice = () => {
  for (const end = Date.now() + 50; Date.now() < end; );
  setImmediate(slice);
};
process.on('disconnect', () => process.exit());
slice();
`;

/** A process that uses up one core until it is disposed of. */
export class Burner implements AsyncDisposable {
  readonly #child: ChildProcess;

  constructor() {
    this.#child = spawn(process.execPath, ['-e', work], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }
}
