import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

const library = 'pg_stat_statements';

/**
 * Settings by which a Postgres counts its statements, so that a report can say where its time went. It took 2 % (select
 * by key) to 8 % (update) of a backend's CPU, a few microseconds a statement; `shared_preload_libraries: ''` in the
 * user's settings, which win, leaves it out.
 */
const counting: Readonly<Record<string, string>> = { shared_preload_libraries: library };

/**
 * Of the server program at that path: nothing where the library does not lie beside it, since the server would not
 * start then.
 */
export function countingOf(program: string): Readonly<Record<string, string>> {
  const lib = join(dirname(program), '..', 'lib');
  const places = [lib, join(lib, 'postgresql')].flatMap((folder) =>
    ['so', 'dylib'].map((ending) => join(folder, `${library}.${ending}`)),
  );
  return places.some((path) => existsSync(path)) ? counting : {};
}

/** Of an image: the official ones have the library, and of another one nobody knows. */
export function countingIn(image: string): Readonly<Record<string, string>> {
  return /^((docker\.io\/)?library\/)?postgres(:|@|$)/.test(image) ? counting : {};
}
