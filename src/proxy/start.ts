import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

/** A fault proxy server in a process of its own. */
export interface ProxyProcess {
  /** Where its HTTP API answers. */
  readonly url: string;
  readonly pid: number;
  /** Ends the process; resolves when it is gone. */
  stop(): Promise<void>;
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

const answersWithin = 10_000;
const endsWithin = 2_000;

/**
 * Starts the fault proxy server in a session of its own, so that the terminal's Ctrl-C does not end it before those
 * who use it. It ends with us, however we end: its stdin is a pipe that we hold.
 * @param track called with the process id as soon as there is one
 * @param options `outlive: true`: it stays up when we end (a stack that is kept), and someone else ends it
 * @throws Error with what the process printed, when it ends or does not answer within 10 s
 */
export async function startProxyServer(
  track: (pid: number) => void,
  { outlive = false }: { readonly outlive?: boolean } = {},
): Promise<ProxyProcess> {
  const main = fileURLToPath(new URL('./main.js', import.meta.url));
  const child: Child = spawn(process.execPath, [main, '--port', '0', ...(outlive ? [] : ['--until-stdin-ends'])], {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  // Writing to a process that is gone breaks the pipe; its end is reported by 'exit'.
  child.stdin.on('error', () => {});
  if (child.pid !== undefined) track(child.pid);
  try {
    const url = await addressOf(child, main);
    return { url, pid: child.pid ?? Number.NaN, stop: () => stop(child) };
  } catch (error) {
    await stop(child);
    throw error;
  }
}

function addressOf(child: Child, main: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    const fail = (what: string, cause?: unknown): void => {
      clearTimeout(timer);
      const said = output.trim() === '' ? 'It printed nothing.' : `It printed:\n${output.trim()}`;
      reject(new Error(`The fault proxy server (node ${main}) ${what}. ${said}`, { cause }));
    };
    const timer = setTimeout(
      () => fail(`did not say within ${answersWithin / 1000} s where it listens; look for an overloaded machine`),
      answersWithin,
    );
    child.once('error', (error) => fail(`could not be started: ${error.message}`, error));
    child.once('exit', (code, signal) => fail(`ended with ${signal ?? `code ${code}`} before it listened`));
    child.stderr.on('data', (data: Buffer) => {
      output = (output + data.toString()).slice(-4_000);
    });
    child.stdout.on('data', (data: Buffer) => {
      output = (output + data.toString()).slice(-4_000);
      const url = /^\{"listening":"([^"]+)"\}$/m.exec(output)?.[1];
      if (url === undefined) return;
      clearTimeout(timer);
      resolve(url);
    });
  });
}

async function stop(child: Child): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), endsWithin);
  await exited;
  clearTimeout(timer);
}
