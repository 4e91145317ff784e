import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll } from 'vitest';

/** The server that is judged: the one at TOXIPROXY_URL, or else ours, in a process of its own. */
export const subject = { url: '', port: 0 };

/** Another entry than ours to start; for servers that deviate on purpose. */
const entry = process.env.CONFORMANCE_ENTRY ?? fileURLToPath(new URL('../../dist/proxy/main.js', import.meta.url));

let child: ChildProcess | undefined;

beforeAll(async () => {
  subject.url = (process.env.TOXIPROXY_URL ?? (await started())).replace(/\/+$/, '');
  subject.port = Number(new URL(subject.url).port);
});
afterAll(async () => {
  if (child?.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
});

async function started(): Promise<string> {
  const own = spawn(process.execPath, [entry, '--port', '0', '--until-stdin-ends'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child = own;
  const [line] = (await once(own.stdout, 'data')) as [Buffer];
  return (JSON.parse(line.toString()) as { listening: string }).listening;
}
