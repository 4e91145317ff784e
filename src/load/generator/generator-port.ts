import type { GeneratorMessage, Port, TestMessage } from './protocol.ts';

/**
 * Runs a generator in this process, which {@link generate} started: waits for what the load is, and tells what goes wrong. The
 * process ends with the test's process, however that ends.
 * @param run starts the generator; it has ended when it has told that it is done
 */
export function generatorProcess<Data>(run: (port: Port, data: Data) => Promise<void>): void {
  const tell = (message: GeneratorMessage) => {
    // Not connected: the test's process is gone, and this one is about to be.
    if (process.connected) process.send?.(message);
  };
  const failed = (error: unknown) => tell({ kind: 'failed', error });
  // The other end of the wire is gone, so nobody wants what this process does.
  process.on('disconnect', () => process.exit(1));
  process.on('uncaughtException', failed);
  process.once('message', ({ data }: Extract<TestMessage, { kind: 'start' }>) => {
    run({ tell, listen: (listener) => process.on('message', listener) }, data as Data).catch(failed);
  });
}
