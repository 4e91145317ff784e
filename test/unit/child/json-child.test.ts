import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, onTestFinished, test, vi } from 'vitest';
import { JsonChild } from '../../../src/child/json-child.ts';

const folder = mkdtempSync(join(tmpdir(), 'breaking-point-test-child-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;

/** A child that runs this program. */
function childOf(program: string, without: readonly string[] = []): JsonChild<Record<string, unknown>> {
  const file = join(folder, `${++files}.mjs`);
  writeFileSync(file, program);
  const child = new JsonChild<Record<string, unknown>>({
    name: 'The clerk',
    main: pathToFileURL(file),
    args: ['a b'],
    without,
  });
  onTestFinished(() => child.stop());
  return child;
}

/** Says that it is there, and answers each order with itself. */
const echo = `
import { createInterface } from 'node:readline';
console.log(JSON.stringify({ ready: process.argv[2] }));
const orders = createInterface({ input: process.stdin });
orders.on('line', (line) => console.log(JSON.stringify({ order: JSON.parse(line) })));
orders.on('close', () => process.exit(0));
`;

test('a child says that it is ready, answers orders, and ends when it is told to', async () => {
  const child = childOf(echo);
  expect(await child.answer()).toEqual({ ready: 'a b' });
  child.tell({ do: 'this' });
  expect(await child.answer()).toEqual({ order: { do: 'this' } });
  const heard: unknown[] = [];
  child.listen((answer) => heard.push(answer));
  child.tell({ do: 'that' });
  await vi.waitFor(() => expect(heard).toEqual([{ order: { do: 'that' } }]));
  expect(child.ended).toBeUndefined();
  await child.stop();
  expect((await child.gone).message).toMatch(/^The clerk \(node .*\.mjs\) ended with SIGTERM\. It printed nothing\.$/);
  await expect(child.answer()).rejects.toBe(child.ended);
  child.tell({ do: 'nothing' });
  await child.stop();
});

test('a child that ends before it answers is an error with what it printed, also where that is no JSON', async () => {
  const child = childOf(`console.log('half an answer'); console.error('no such table'); process.exitCode = 3;`);
  const failure = await child.answer().catch((error: Error) => error.message);
  expect(failure).toMatch(/^The clerk \(node .*\.mjs\) ended with code 3\. It printed:\n/);
  expect(failure).toContain('half an answer');
  expect(failure).toContain('no such table');
});

test('a child whose file is missing is an error that names it', async () => {
  const child = new JsonChild({ name: 'The clerk', main: pathToFileURL(join(folder, 'nowhere.mjs')) });
  await expect(child.answer()).rejects.toThrow(
    /The clerk .* ended with code 1\. It printed:\n[\s\S]*Cannot find module/,
  );
});

test('a child that says nothing in time is an error that says how long it was waited for', async () => {
  const child = childOf('setInterval(() => {}, 1_000)');
  await expect(child.answer(50)).rejects.toThrow(
    'said nothing within 0.05 s; look for an overloaded machine. It printed',
  );
});

test('a child that does not heed SIGTERM is killed', async () => {
  const child = childOf(`process.on('SIGTERM', () => {}); console.log('{}'); setInterval(() => {}, 1_000);`);
  await child.answer();
  await child.stop();
  expect((await child.gone).message).toContain('ended with SIGKILL');
});

test("options of the test's Node and the variables that are named do not reach a child", async () => {
  vi.stubEnv('NODE_OPTIONS', '--no-such-option');
  vi.stubEnv('OF_THE_TEST', 'x');
  onTestFinished(() => void vi.unstubAllEnvs());
  const child = childOf(`console.log(JSON.stringify({ seen: process.env.OF_THE_TEST ?? null }))`, ['OF_THE_TEST']);
  expect(await child.answer()).toEqual({ seen: null });
});
