import { mostCharacters } from './kinds.ts';

/**
 * Writes a value so that two values are the same exactly if these texts are. This is the rule of equality, for all that
 * is compared:
 *
 * - Text is compared as it is, character by character.
 * - A number as JSON writes it is compared by its exact value: `1.50` is `1.5` and `15e-1`. `007` is no such number,
 *   but text.
 * - A date, and a time of ISO 8601 or of Postgres, is compared as an instant: `2026-03-01 10:00:00+02` is
 *   `2026-03-01T08:00:00.000Z`. Without a zone it is taken as UTC, and a date as its midnight, so that each compares as
 *   it is written wherever it is read.
 * - JSON objects and lists are compared by what is in them: the order of members and white space do not matter. In them
 *   a number, a truth value and a text that reads the same are the same, for drivers return long numbers as text.
 */
export function canonical(value: string): string {
  const first = value.charCodeAt(0);
  if (first === openingBrace || first === openingBracket) return canonicalJson(value) ?? value;
  return canonicalScalar(value);
}

/** A value as it is compared with one that was read: {@link canonical}, and as long as what is kept of that. */
export function comparable(value: string): string {
  return canonical(value).slice(0, mostCharacters);
}

/** The instant of a text that is a date or a time, written in one way; undefined for any other text. */
export function canonicalTime(text: string): string | undefined {
  if (!mayBeTime.test(text)) return undefined;
  const [, date, hour = '00', minute = '00', second = '00', fraction = '', sign, hours = '0', minutes = '0'] =
    time.exec(text) ?? [];
  if (date === undefined) return undefined;
  const shift = (sign === '-' ? 1 : -1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
  const utc = Date.parse(`${date}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(utc)) return undefined;
  // Instants of this form end in `.000Z`; a driver may keep finer fractions than a Date does.
  const whole = new Date(utc + shift).toISOString().slice(0, -'.000Z'.length);
  const rest = fraction.replace(/0+$/, '');
  return `${whole}${rest && `.${rest}`}Z`;
}

const [openingBrace, openingBracket] = ['{', '['].map((sign) => sign.charCodeAt(0));
const number = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([+-]?\d{1,6}))?$/;
/** Characters above which a text is no number and no time. */
const longestScalar = 400;
const mayBeTime = /^\d{4}-\d\d-\d\d/;
const time = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(?:Z|([+-])(\d\d):?(\d\d)?)?)?$/;

function canonicalScalar(text: string): string {
  const first = text.charCodeAt(0);
  // A minus or a digit: of any other text nothing more is asked.
  if ((first !== 45 && !(first >= 48 && first <= 57)) || text.length > longestScalar) return text;
  return canonicalNumber(text) ?? canonicalTime(text) ?? text;
}

/**
 * All digits of a number without zeros at either end, and where its point is: `15e-1`. No digit is lost, however many
 * there are.
 */
function canonicalNumber(text: string): string | undefined {
  const [, sign = '', whole = '', fraction = '', power = '0'] = number.exec(text) ?? [];
  if (whole === '') return undefined;
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  const exponent = Number(power) - fraction.length + digits.length - significant.length;
  return exponent === 0 ? `${sign}${significant}` : `${sign}${significant}e${exponent}`;
}

/** @returns undefined when the text is no JSON */
function canonicalJson(text: string): string | undefined {
  try {
    return JSON.stringify(JSON.parse(text, inOneOrder));
  } catch {
    return undefined;
  }
}

/** Numbers as their own digits, of which JavaScript would keep sixteen; members by name. */
function inOneOrder(_member: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (value === null || Array.isArray(value)) return value;
  if (typeof value === 'string') return canonicalScalar(value);
  if (typeof value !== 'object') return canonicalScalar(context?.source ?? JSON.stringify(value));
  return Object.fromEntries(Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1)));
}
