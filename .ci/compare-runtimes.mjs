// Fails when tests passed embedded that did not pass on containers, or when any was skipped or failed there.
// node .ci/compare-runtimes.mjs EMBEDDED.json CONTAINERS.json PATH...
// Both files are as Vitest's JSON reporter writes them; only tests below the paths are compared.
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

const [embeddedReport, containersReport, ...paths] = process.argv.slice(2);
if (paths.length === 0) throw new Error('usage: node .ci/compare-runtimes.mjs EMBEDDED.json CONTAINERS.json PATH...');
const embedded = read(embeddedReport);
const containers = read(containersReport);

const problems = [
  ...paths
    .filter((path) => !embedded.files.some((file) => file.startsWith(path)))
    .map((path) => `no test below ${path}`),
  ...[...embedded.passed]
    .filter((test) => !containers.passed.has(test))
    .map((test) => `not passed on containers: ${test}`),
  ...containers.skipped.map((test) => `skipped on containers: ${test}`),
  ...containers.failed.map(({ test, messages }) => `failed on containers: ${test}\n${messages.join('\n')}`),
];
const { passed, skipped } = containers;
console.log(`${embedded.passed.size} passed embedded; on containers ${passed.size} passed, ${skipped.length} skipped`);
if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exitCode = 1;
}

function read(report) {
  const files = JSON.parse(readFileSync(report, 'utf8'))
    .testResults.map((file) => ({ ...file, name: relative(process.cwd(), file.name) }))
    .filter(({ name }) => paths.some((path) => name.startsWith(path)));
  const tests = files.flatMap(({ name, assertionResults }) =>
    assertionResults.map(({ fullName, status, failureMessages }) => ({
      test: `${name}: ${fullName}`,
      status,
      messages: failureMessages,
    })),
  );
  const those = (...statuses) => tests.filter(({ status }) => statuses.includes(status));
  const named = (...statuses) => those(...statuses).map(({ test }) => test);
  // A file that could not be loaded has no tests.
  const broken = files.filter(({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0);
  return {
    files: files.map(({ name }) => name),
    passed: new Set(named('passed')),
    failed: [...those('failed'), ...broken.map(({ name, message }) => ({ test: name, messages: [message] }))],
    skipped: named('skipped', 'pending', 'todo', 'disabled'),
  };
}
