import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { containerLabel, removeContainers } from '../../../src/stack/machine/container-leftovers.ts';
import { askEngine, type Engine, findEngine } from '../../../src/stack/machine/engine.ts';
import { listens } from '../fixtures/listens.ts';
import { engineRelay } from './engine-relay.ts';
import { until, wanted } from './opened.ts';

interface Answer {
  readonly error?: string;
  readonly marker: string;
  readonly port: number;
  readonly said: readonly string[];
}

/** A process with a stack of one Redis that does as it is told. */
function told(environment: Record<string, string>) {
  const temporary = mkdtempSync(join(tmpdir(), 'told-'));
  const child = spawn(process.execPath, [join(import.meta.dirname, 'told-driver.ts')], {
    env: { ...process.env, BREAKING_POINT_RUNTIME: 'containers', ...environment, TMPDIR: temporary },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    // Until its reaper has removed what it can, or has noted what it cannot.
    await until(() => stacksIn(temporary).every((folder) => existsSync(join(folder, 'reaper.log'))));
    rmSync(temporary, { recursive: true, force: true });
  });
  const answer = async () => JSON.parse(String((await lines.next()).value)) as Answer;
  return {
    temporary,
    answer,
    ask: (line: string) => {
      child.stdin.write(`${line}\n`);
      return answer();
    },
  };
}

test('without an engine, containers that were asked for are an error that says what was tried, and leaves nothing', async () => {
  const { answer, temporary } = told({ DOCKER_HOST: 'unix:///nowhere/engine.sock' });
  expect((await answer()).error).toBe(
    'BREAKING_POINT_RUNTIME=containers needs a container engine, and none answers; tried unix:///nowhere/engine.sock: there is no such socket; start Docker, name its address in DOCKER_HOST, or set BREAKING_POINT_RUNTIME=embedded for child processes',
  );
  expect(readdirSync(temporary)).toEqual([]);
});

test('without an engine, auto runs embedded and says why', async () => {
  const { answer } = told({ BREAKING_POINT_RUNTIME: 'auto', DOCKER_HOST: 'unix:///nowhere/engine.sock' });
  expect((await answer()).said).toEqual([
    'the servers run embedded, since no container engine answers (unix:///nowhere/engine.sock: there is no such socket)',
  ]);
});

// These need an engine, so they are tests of a run on containers alone.
if (wanted === 'containers') {
  test('auto takes an engine that has the images', async () => {
    const { answer } = told({ BREAKING_POINT_RUNTIME: 'auto' });
    expect((await answer()).said[0]).toMatch(
      /^the servers run in containers, since the engine at \S+ answers and has the images$/,
    );
  });

  test('auto pulls nothing: it runs embedded when the engine lacks an image', async () => {
    const { answer } = told({ BREAKING_POINT_RUNTIME: 'auto', BREAKING_POINT_REDIS_IMAGE: 'localhost:1/none:1' });
    expect((await answer()).said[0]).toMatch(/^the servers run embedded, since .* does not have localhost:1\/none:1$/);
  });

  test('an image that cannot be had is an error that says how to go on, and leaves nothing', async () => {
    // Other stacks run on this engine at the same time: which containers are this one's is seen by what was asked for it.
    const relay = await engineRelay(await engineSocket());
    onTestFinished(() => relay.stop());
    const { answer, temporary } = told({ BREAKING_POINT_REDIS_IMAGE: 'localhost:1/none:1', DOCKER_HOST: relay.place });
    expect((await answer()).error).toMatch(
      /^service redis did not start: the image localhost:1\/none:1 is not there and could not be pulled \(.*\); pull it yourself \(docker pull localhost:1\/none:1\), name another in BREAKING_POINT_REDIS_IMAGE, or set BREAKING_POINT_RUNTIME=embedded$/,
    );
    expect(readdirSync(temporary)).toEqual([]);
    const markers = new Set(relay.asked().match(/(?<="breaking-point\.stack":")[^"]+/g));
    expect(markers.size).toBe(1);
    for (const marker of markers) expect(await containersNow(marker)).toEqual([]);
  });

  test('without an image of Toxiproxy the embedded proxy stands in front, and the run says so', async () => {
    const { answer } = told({ BREAKING_POINT_TOXIPROXY_IMAGE: 'localhost:1/none:1' });
    expect((await answer()).said[1]).toMatch(
      /^the embedded fault proxy stands in front of the containers: the image localhost:1\/none:1 is not there/,
    );
  });

  test('an engine that stops in the middle is an error of whoever asks it, and its servers are ended all the same', async () => {
    const engine = await realEngine();
    const relay = await engineRelay(await engineSocket());
    const driver = told({ DOCKER_HOST: relay.place });
    const { marker, port } = await driver.answer();
    onTestFinished(() => removeContainers(marker, { engine: engine.address, pending: new Set() }));
    expect(await containersNow(marker)).toHaveLength(2);
    await relay.stop();
    expect((await driver.ask('kill')).error).toMatch(
      /^redis \(.*\): the container engine did not send it SIGKILL: .*; look whether it runs \(docker info\)$/,
    );
    const { error } = await driver.ask('close');
    expect(error).toContain('service redis did not stop in order');
    expect(error).toContain(
      `when it answers again, run \`docker ps --all --quiet --filter label=${containerLabel}=${marker}`,
    );
    expect(await listens(port)).toBe(false);
    // What the error says to run, by other means.
    await removeContainers(marker, { engine: engine.address, pending: new Set() });
    expect(await containersNow(marker)).toEqual([]);
  });
}

/** Folders of stacks that are still there. */
function stacksIn(temporary: string): string[] {
  return readdirSync(temporary)
    .filter((name) => name.startsWith('breaking-point-'))
    .map((name) => join(temporary, name));
}

async function realEngine(): Promise<Engine> {
  const { found, tried } = await findEngine(1_000);
  if (!found) throw new Error(`no engine: ${tried.join('; ')}`);
  return found;
}

async function engineSocket(): Promise<string> {
  const { address } = await realEngine();
  if (!('socketPath' in address)) throw new Error('this test needs an engine at a socket');
  return address.socketPath;
}

/** Containers of a stack. */
async function containersNow(marker: string): Promise<string[]> {
  const filters = encodeURIComponent(JSON.stringify({ label: [`${containerLabel}=${marker}`] }));
  const { address } = await realEngine();
  const listed = await askEngine(address, 'GET', `/containers/json?all=1&filters=${filters}`, 10_000);
  return (listed as { Id: string }[]).map(({ Id }) => Id);
}
