import { lchownSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A user of the system, to run a server as. */
export interface User {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/**
 * Whom Postgres runs as, since it refuses to run as root: the user `postgres` where there is one, else `nobody`.
 * Undefined when we are not root and servers simply run as us.
 * @throws Error when we are root and the system has neither
 */
export function findUnprivilegedUser(
  passwd: () => string = () => readFileSync('/etc/passwd', 'utf8'),
): User | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const rows = passwd()
    .split('\n')
    .map((line) => line.split(':'));
  for (const name of ['postgres', 'nobody']) {
    const row = rows.find((fields) => fields[0] === name);
    if (row) return { name, uid: Number(row[2]), gid: Number(row[3]) };
  }
  throw new Error(
    'Postgres must not run as root, and this system has neither a user postgres nor nobody; add one (`useradd --system postgres`) or run as an ordinary user',
  );
}

/** Gives a folder with everything in it to `user`. Synchronous: a thousand small files take milliseconds this way. */
export function giveTo(user: User, folder: string): void {
  lchownSync(folder, user.uid, user.gid);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) giveTo(user, path);
    else lchownSync(path, user.uid, user.gid);
  }
}
