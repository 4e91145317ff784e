import { comparable } from '../../recording/equality.ts';
import { mostCharacters } from '../../recording/kinds.ts';

/**
 * The members on the way to a value, from a JSON pointer (RFC 6901): `/items/0/a~1b` is items, 0, a/b. None for `''`,
 * the whole.
 * @returns undefined when the text is no pointer
 */
export function pointerPath(pointer: string): readonly string[] | undefined {
  if (pointer === '') return [];
  if (!pointer.startsWith('/') || /~(?![01])/.test(pointer)) return undefined;
  return pointer
    .slice(1)
    .split('/')
    .map((member) => member.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** What is at the end of a path. */
export type ReadValue =
  /** Undefined: nothing, or null. */
  | { readonly there: true; readonly value: string | undefined }
  /** The body is no JSON, so that nobody knows. */
  | { readonly there: false };

/**
 * The value that a body holds: text as it is, numbers and truth values as JSON writes them, objects and lists as JSON.
 * An integer beyond 2^53 keeps all of its digits: one that is off by one must not look the same.
 * @param path none for the whole body as text
 */
export function readValue(body: string, path: readonly string[]): ReadValue {
  if (path.length === 0) return { there: true, value: body === '' ? undefined : keepBeginning(body) };
  let value: unknown;
  try {
    value = JSON.parse(withLongIntegersAsTexts(body));
  } catch {
    // The answer is not what it was said to be, which is an error of the app's and not of ours.
    return { there: false };
  }
  for (const member of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, member)) {
      return { there: true, value: undefined };
    }
    value = (value as Readonly<Record<string, unknown>>)[member];
  }
  if (value === null || value === undefined) return { there: true, value: undefined };
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return { there: true, value: keepBeginning(text) };
}

const longInteger = /\d{16}/;
/** Texts, which are left as they are, and integers of 16 digits or more. */
const textsAndLongIntegers = /"(?:[^"\\]|\\.)*"|(?<![\w.+-])-?[1-9]\d{15,}(?![\d.eE])/g;

/** The same JSON, but for integers that a number would round. */
function withLongIntegersAsTexts(body: string): string {
  if (!longInteger.test(body)) return body;
  return body.replace(textsAndLongIntegers, (part) =>
    part.startsWith('"') || Number.isSafeInteger(Number(part)) ? part : `"${part}"`,
  );
}

/**
 * Its beginning as text of its own: a slice alone would keep the whole in memory. UTF-16 keeps half of a pair as it is.
 * What is cut off could be in another order in what it is compared with, so it is brought into one order before.
 */
function keepBeginning(text: string): string {
  if (text.length <= mostCharacters) return text;
  return Buffer.from(comparable(text), 'utf16le').toString('utf16le');
}
