import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test, vi } from 'vitest';
import { startProxyServer } from '../../dist/proxy/start.js';
import { ProxyClient } from '../../src/proxy/client.ts';
import { isAlive } from '../../src/stack/machine/processes.ts';
import { client, echo, upstream } from './fixtures/tcp.ts';

const main = fileURLToPath(new URL('../../dist/proxy/main.js', import.meta.url));

/** The server's process, started by hand. */
async function start(...args: string[]): Promise<{ child: ChildProcess; exit: Promise<unknown[]>; url: string }> {
  const child = spawn(process.execPath, [main, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const exit = once(child, 'exit');
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const { listening } = JSON.parse(line.toString()) as { listening: string };
  return { child, exit, url: listening };
}

/** What the process says on stderr until it ends, and its exit code. */
async function failure(...args: string[]): Promise<{ said: string; code: unknown }> {
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (data: Buffer) => {
    said += data.toString();
  });
  const [code] = await once(child, 'close');
  return { said, code };
}

test('SIGTERM closes the listeners, cuts the connections and ends the process with code 0', async () => {
  const { child, exit, url } = await start('--port', '0');
  const proxy = await new ProxyClient(url).create('a', (await upstream(echo)).address);
  const one = await client(proxy.port);
  child.kill('SIGTERM');
  expect(await exit).toEqual([0, null]);
  await one.closed;
  await expect(client(proxy.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

test('the end of its stdin ends it only if asked for', async () => {
  const asked = await start('--port', '0', '--until-stdin-ends');
  asked.child.stdin?.end();
  expect(await asked.exit).toEqual([0, null]);

  const not = await start('--port', '0');
  not.child.stdin?.end();
  await asked.exit;
  await expect.poll(() => fetch(`${not.url}/version`).then(({ status }) => status)).toBe(200);
  not.child.kill('SIGTERM');
  expect(await not.exit).toEqual([0, null]);
});

test('a wrong option or a port in use is one line and exit code 1', async () => {
  expect(await failure('--port', '70000')).toEqual({
    said: '--port must be a whole number in [0, 65535], 0 for any free port; got 70000\n',
    code: 1,
  });
  const { address } = await upstream();
  const taken = await failure('--port', address.replace(/.*:/, ''));
  expect(taken).toMatchObject({ said: expect.stringMatching(/^listen EADDRINUSE.*\n$/), code: 1 });
  expect(await failure('--nonsense')).toMatchObject({ said: expect.stringContaining("'--nonsense'"), code: 1 });
});

test('is started in a session of its own, is tracked, answers and stops', async () => {
  const tracked: number[] = [];
  const server = await startProxyServer((pid) => tracked.push(pid));
  onTestFinished(() => server.stop());
  expect(tracked).toEqual([server.pid]);
  expect(execFileSync('ps', ['-o', 'sid=', '-p', String(server.pid)], { encoding: 'utf8' }).trim()).toBe(
    String(server.pid),
  );
  expect((await fetch(`${server.url}/version`)).status).toBe(200);
  await server.stop();
  expect(isAlive(server.pid)).toBe(false);
  await server.stop();
});

test.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)(
  'is gone after %s to the process that started it',
  async (signal) => {
    const starter = spawn(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `import { startProxyServer } from ${JSON.stringify(new URL('../../dist/proxy/start.js', import.meta.url).href)};
       const { pid, url } = await startProxyServer(() => {});
       console.log(JSON.stringify({ pid, url }));
       setInterval(() => {}, 1000);`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const [line] = (await once(starter.stdout, 'data')) as [Buffer];
    const { pid } = JSON.parse(line.toString()) as { pid: number };
    expect(isAlive(pid)).toBe(true);
    starter.kill(signal);
    await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false);
  },
);

test('one that is asked to outlive its starter does, until it is ended', async () => {
  const server = await startProxyServer(() => {}, { outlive: true });
  onTestFinished(() => server.stop());
  const cmdline = execFileSync('ps', ['-o', 'args=', '-p', String(server.pid)], { encoding: 'utf8' });
  expect(cmdline).not.toContain('--until-stdin-ends');
});

test("options of the test's Node do not reach it", async () => {
  vi.stubEnv('NODE_OPTIONS', '--no-such-option');
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  const server = await startProxyServer(() => {});
  await server.stop();
});

test('a request in the middle of the end does not keep it up', async () => {
  const { child, exit, url } = await start('--port', '0');
  const half = connect(Number(new URL(url).port), '127.0.0.1');
  half.on('error', () => {});
  half.write('POST /proxies HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{');
  await once(half, 'connect');
  child.kill('SIGTERM');
  expect(await exit).toEqual([0, null]);
  half.destroy();
});
