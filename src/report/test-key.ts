import { createHash } from 'node:crypto';
import type { TestKey } from '../verdict/rows/result.ts';

/**
 * The folder name of a test: the words of its file and title in lower case, then ten digits of a hash of its key, so
 * that no two tests share one. The same on every machine. At most 90 characters of a to z, 0 to 9 and `-`.
 */
export function slug({ project, file, test, fullName, number }: TestKey): string {
  const path = file.replaceAll('\\', '/');
  const hash = createHash('sha256')
    .update(JSON.stringify([project, path, fullName, number]))
    .digest('hex')
    .slice(0, 10);
  const base = path.slice(path.lastIndexOf('/') + 1).replace(/(\.(test|spec))?\.[cm]?[jt]sx?$/, '');
  return [takeWords(base, 30), takeWords(test, 48), hash].filter((part) => part !== '').join('-');
}

function takeWords(text: string, longest: number): string {
  const plain = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-/, '');
  return plain.slice(0, longest).replace(/-$/, '');
}

/** Ways to name a test, shortest first. */
const names: readonly ((key: TestKey) => string)[] = [
  ({ test }) => test,
  ({ fullName }) => fullName,
  ({ file, fullName }) => `${file} > ${fullName}`,
  ({ project, file, fullName }) => `${project ? `${project}: ` : ''}${file} > ${fullName}`,
  ({ project, file, fullName, number }) => `${project ? `${project}: ` : ''}${file} > ${fullName} (${number})`,
];

/**
 * What a person calls each of these tests: its title, or, where several share one, what tells them apart. In the same
 * order.
 */
export function namesOf(keys: readonly TestKey[]): string[] {
  return keys.map((key) => {
    const alike = keys.filter(({ test }) => test === key.test);
    const telling = names.find((name) => new Set(alike.map(name)).size === alike.length);
    return (telling ?? (names.at(-1) as (typeof names)[number]))(key);
  });
}
