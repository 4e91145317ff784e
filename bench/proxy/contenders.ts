import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from '../../dist/proxy/port.js';
import { startProxyServer } from '../../dist/proxy/start.js';

const run = promisify(execFile);

/** A fault proxy server under measurement, in a process of its own. */
export interface Contender {
  readonly name: 'Toxiproxy' | 'ours';
  /** Where its HTTP API answers. */
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** How to start a contender. @param track called with its process id as soon as there is one */
export type Starter = (track: (pid: number) => void) => Promise<Contender>;

/** Our own server. */
export const startOurs: Starter = async (track) => ({ name: 'ours', ...(await startProxyServer(track)) });

/** How to get the real one where it is missing. */
export const howToGetIt =
  'go install github.com/Shopify/toxiproxy/v2/cmd/server@v2.12.0, or set TOXIPROXY_SERVER to its binary';

/**
 * How to start the real Toxiproxy: TOXIPROXY_SERVER, `toxiproxy-server` on PATH, or what `go install` left. Undefined where
 * there is none.
 * @throws Error when TOXIPROXY_SERVER names something else
 */
export async function realToxiproxy(): Promise<Starter | undefined> {
  const named = process.env.TOXIPROXY_SERVER;
  if (named !== undefined) {
    if (await isToxiproxy(named)) return (track) => startReal(named, track);
    throw new Error(`TOXIPROXY_SERVER must be the binary of a Toxiproxy server; "${named}" is none. ${howToGetIt}`);
  }
  for (const path of await candidates()) if (await isToxiproxy(path)) return (track) => startReal(path, track);
  return undefined;
}

async function candidates(): Promise<string[]> {
  const onPath = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'toxiproxy-server'));
  return [...onPath, ...(await installedByGo())].filter((path) => existsSync(path));
}

/** `go install` names a binary after its folder, so it is `server` there. */
async function installedByGo(): Promise<string[]> {
  try {
    const { stdout } = await run('go', ['env', 'GOBIN', 'GOPATH']);
    const [bin = '', path = ''] = stdout.split('\n');
    return [bin, ...path.split(delimiter).map((folder) => join(folder, 'bin'))]
      .filter((folder) => folder !== '')
      .flatMap((folder) => [join(folder, 'toxiproxy-server'), join(folder, 'server')]);
  } catch {
    // Without Go there is nothing that it installed.
    return [];
  }
}

async function isToxiproxy(path: string): Promise<boolean> {
  try {
    return /toxiproxy/i.test((await run(path, ['-version'], { timeout: 5_000 })).stdout);
  } catch {
    // Not there, not executable, or another program.
    return false;
  }
}

async function startReal(path: string, track: (pid: number) => void): Promise<Contender> {
  const port = await freePort();
  const child = spawn(path, ['-host', '127.0.0.1', '-port', String(port)], {
    stdio: 'ignore',
    env: { ...process.env, LOG_LEVEL: 'error' },
  });
  const gone = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('exit', () => resolve());
  });
  if (child.pid === undefined) throw new Error(`${path} could not be started`);
  track(child.pid);
  const url = `http://127.0.0.1:${port}`;
  const stop = (): Promise<void> => {
    child.kill('SIGTERM');
    return gone;
  };
  for (let look = 0; look < 100; look += 1) {
    if (await answers(url)) return { name: 'Toxiproxy', url, pid: child.pid, stop };
    await sleep(50);
  }
  await stop();
  throw new Error(`${path} did not answer at ${url} within 5 s`);
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/version`)).ok;
  } catch {
    // Not yet.
    return false;
  }
}
