import { parseArgs } from 'node:util';
import { startServer } from './api/server.ts';

// The fault proxy server as a process of its own. It prints one line of JSON, its address, when it is ready.
try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      host: { type: 'string', default: '127.0.0.1' },
      port: { type: 'string', default: '8474' },
      'until-stdin-ends': { type: 'boolean', default: false },
    },
  });
  const server = await startServer({
    host: values.host,
    port: readPort(values.port),
    onTrouble: (trouble) => console.error(JSON.stringify(trouble)),
  });

  const end = (): void => {
    void server.close().then(() => process.exit(0));
  };
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
  if (values['until-stdin-ends']) {
    // The starter of this process holds the other end. The kernel closes it, however the starter ends.
    process.stdin.once('close', end);
    process.stdin.resume();
  }
  console.log(JSON.stringify({ listening: server.url }));
}

function readPort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new RangeError(`--port must be a whole number in [0, 65535], 0 for any free port; got ${text}`);
}
