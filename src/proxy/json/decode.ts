import type { JsonValue } from './value.ts';

/** Where in a request a value stands, in the words of Go's errors: the name of its structure, and the way to it. */
export interface JsonPlace {
  readonly struct: string;
  readonly path: readonly string[];
}

/** What takes the value of a field. */
export type Field = (value: JsonValue, place: JsonPlace) => void;

const top: JsonPlace = { struct: '', path: [] };
const lowest = -(2n ** 63n);
const highest = 2n ** 63n - 1n;

/**
 * Takes values out of JSON as Go's decoder does: a value of the wrong kind is noted and passed over, the fields after
 * it are still read, and the first thing noted is the error of the whole. `null` leaves a field as it is.
 */
export class Decoding {
  /** The first value that was of the wrong kind, in Go's words. */
  error: string | undefined;

  /**
   * Hands each member to the field of its name. Names match in any case, duplicates come one after another.
   * @param type what Go calls the object when it is no object
   * @param names the structure that the errors of its fields name, and what stands before their names
   */
  object(
    value: JsonValue,
    type: string,
    names: JsonPlace,
    fields: Readonly<Record<string, Field>>,
    at: JsonPlace = top,
  ): void {
    if (value.kind === 'null') return;
    if (value.kind !== 'object') {
      this.refuse(value.kind, type, at);
      return;
    }
    const byFold = new Map(Object.keys(fields).map((name) => [foldCase(name), name]));
    for (const member of value.members) {
      const name = byFold.get(foldCase(member.key));
      if (name === undefined) continue;
      fields[name]?.(member.value, { struct: names.struct, path: [...names.path, name] });
    }
  }

  /** A field that holds a text. */
  string(take: (value: string) => void): Field {
    return (value, place) => {
      if (value.kind === 'string') take(value.value);
      else if (value.kind !== 'null') this.refuse(value.kind, 'string', place);
    };
  }

  /** A field that is true or false. */
  bool(take: (value: boolean) => void): Field {
    return (value, place) => {
      if (value.kind === 'bool') take(value.value);
      else if (value.kind !== 'null') this.refuse(value.kind, 'bool', place);
    };
  }

  /** A field that holds a whole number of 64 bits. @param type what Go calls it */
  integer(type: string, take: (value: bigint) => void): Field {
    return (value, place) => {
      if (value.kind === 'null') return;
      if (value.kind !== 'number') {
        this.refuse(value.kind, type, place);
        return;
      }
      const whole = /^-?\d+$/.test(value.digits) ? BigInt(value.digits) : undefined;
      if (whole === undefined || whole < lowest || whole > highest) this.refuse(`number ${value.digits}`, type, place);
      else take(whole);
    };
  }

  /** A field that holds a number, which is rounded to 32 bits. */
  float32(take: (value: number) => void): Field {
    return (value, place) => {
      if (value.kind === 'null') return;
      if (value.kind !== 'number') {
        this.refuse(value.kind, 'float32', place);
        return;
      }
      const number = Math.fround(Number(value.digits));
      if (Number.isFinite(number)) take(number);
      else this.refuse(`number ${value.digits}`, 'float32', place);
    };
  }

  /** Notes that something else was found where a `type` belongs. */
  refuse(found: string, type: string, place: JsonPlace): void {
    const where = place.path.length === 0 ? 'value' : `struct field ${place.struct}.${place.path.join('.')}`;
    this.error ??= `json: cannot unmarshal ${found} into Go ${where} of type ${type}`;
  }
}

/** Go counts the long s and the Kelvin sign as the letters s and k in another case, and no other letter of theirs. */
function foldCase(name: string): string {
  return name.replace(/[a-z\u017f\u212a]/g, (letter) => letter.normalize('NFKC').toUpperCase());
}
