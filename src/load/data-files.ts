import { readFileSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CsvError, parse } from 'csv-parse/sync';

const supported = '.csv (with a header), .json (an array of objects), .jsonl or .ndjson (an object a line)';

/**
 * Rows of a data file, read whole: an object a row. In CSV (RFC 4180, the first line names the fields) all values are
 * texts; JSON keeps its types.
 * @param file `.csv`, `.json`, `.jsonl` or `.ndjson`: a path relative to the working directory, or a file URL:
 * `new URL('./users.csv', import.meta.url)`
 * @throws Error naming file and line, when the file cannot be read, has no rows, or a row is broken
 */
export function rows<Row extends object = Readonly<Record<string, string>>>(file: string | URL): readonly Row[] {
  const path = file instanceof URL ? pathOf(file) : resolve(file);
  const read = readers[extname(path).toLowerCase()];
  if (!read) throw new TypeError(`rows: ${path} must be one of ${supported}; rename it, or convert it`);
  const found = read(textOf(path), path);
  if (found.length === 0) throw new Error(`rows: ${path} holds no rows; a load that draws from it needs at least one`);
  return found as Row[];
}

/**
 * Row n of a list that begins again when it is over; n may be negative, as it is during the warm-up: -1 is the last
 * row.
 * @throws RangeError when the list is empty, or n is no whole number
 */
export function cycle<Row>(list: readonly Row[], n: number): Row {
  if (!Number.isInteger(n)) throw new RangeError(`cycle: n must be a whole number; got ${String(n)}`);
  return itemOf(list, ((n % list.length) + list.length) % list.length, 'cycle');
}

/**
 * A row of a list, each as likely as another.
 * @param random uniform in [0, 1): the `random` that a request or journey is given, so that the seed replays the choice
 * @throws RangeError when the list is empty
 */
export function pick<Row>(list: readonly Row[], random: () => number): Row {
  return itemOf(list, Math.floor(random() * list.length), 'pick');
}

function itemOf<Row>(list: readonly Row[], index: number, caller: string): Row {
  if (list.length > 0) return list[index] as Row;
  throw new RangeError(`${caller}: the list is empty; give it at least one row`);
}

const readers: Readonly<Record<string, (text: string, path: string) => object[]>> = {
  '.csv': csvRows,
  '.json': jsonRows,
  '.jsonl': jsonLines,
  '.ndjson': jsonLines,
};

function pathOf(url: URL): string {
  if (url.protocol === 'file:') return fileURLToPath(url);
  throw new TypeError(
    `rows: the URL must be a file's, such as new URL('./users.csv', import.meta.url); got ${url.href}`,
  );
}

function textOf(path: string): string {
  try {
    const text = readFileSync(path, 'utf8');
    return text.startsWith('\uFEFF') ? text.slice(1) : text;
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : String(cause);
    throw new Error(
      `rows: ${path} cannot be read: ${reason}. A path is relative to the working directory (${process.cwd()}); new URL('./users.csv', import.meta.url) is relative to the test.`,
      { cause },
    );
  }
}

function csvRows(text: string, path: string): object[] {
  try {
    return parse(text, {
      columns: (header: string[]) => checkHeader(header, path),
      skip_empty_lines: true,
    }) as object[];
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = Number((error as CsvError & { lines?: unknown }).lines);
    const at = Number.isInteger(line) ? `${path}:${line}` : path;
    throw new Error(`rows: ${at} is no row of CSV: ${csvReason(error)}`, { cause: error });
  }
}

function checkHeader(header: readonly string[], path: string): string[] {
  const names = header.map((name) => name.trim());
  const wrong = names.find((name, index) => name === '' || names.indexOf(name) !== index);
  if (wrong === undefined) return names;
  throw new Error(
    `rows: ${path}:1 must name each field once, for rows are objects of these names; got ${wrong === '' ? 'a field without a name' : `'${wrong}' twice`} in ${names.join(',')}`,
  );
}

function csvReason(error: CsvError): string {
  if (error.code === 'CSV_RECORD_INCONSISTENT_COLUMNS') {
    const { columns, record } = error as CsvError & { columns?: unknown[]; record?: unknown[] };
    return `it has ${record?.length} fields where the header names ${columns?.length}; add what is missing, or quote what holds a comma`;
  }
  return `${error.message}; quote a field that holds a quote, and double the quote in it ("say ""hi""")`;
}

function jsonRows(text: string, path: string): object[] {
  const value = parseJson(text, path);
  if (!Array.isArray(value)) {
    throw new Error(`rows: ${path} must hold a JSON array of objects; got ${kindOf(value)}. Objects a line are .jsonl`);
  }
  return value.map((row: unknown, index) => objectRow(row, `${path}, element ${index},`));
}

function jsonLines(text: string, path: string): object[] {
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return [];
    const at = `${path}:${index + 1}`;
    return [objectRow(parseJson(line, at), at)];
  });
}

function parseJson(text: string, at: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`rows: ${at} is not JSON: ${(cause as Error).message}`, { cause });
  }
}

function objectRow(row: unknown, at: string): object {
  if (typeof row === 'object' && row !== null && !Array.isArray(row)) return row;
  throw new Error(`rows: ${at} must be an object such as { "name": "Ada" }; got ${kindOf(row)}`);
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'object') return Array.isArray(value) ? 'an array' : 'an object';
  return `a ${typeof value}`;
}
