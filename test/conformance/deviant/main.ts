import { startServer } from '../../../src/proxy/api/server.ts';
import { deviations } from './deviations.ts';

// Our server with one deviation (the environment's DEVIATION), as a process like the real one: nothing of it is shipped.
const name = process.env.DEVIATION ?? '';
if (name !== '') {
  const deviation = deviations[name];
  if (!deviation) throw new Error(`DEVIATION must be one of ${Object.keys(deviations).join(', ')}; got ${name}`);
  deviation.install();
}
const server = await startServer({ host: '127.0.0.1', port: 0 });
console.log(JSON.stringify({ listening: server.url }));
process.stdin.once('close', () => process.exit(0)).resume();
process.once('SIGTERM', () => process.exit(0));
