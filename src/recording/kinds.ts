/**
 * What an operation does to its key. `read`: it tells what it saw there. `look`: it neither changes the key nor tells
 * what it saw (a GET, HEAD or OPTIONS without a value). `remove`: it takes the key away. `write`: anything else.
 */
export type OperationKind = 'read' | 'look' | 'write' | 'remove';

/**
 * Characters of a value that is read, and by which it is compared: a body of megabytes, read a thousand times, must fit
 * into memory.
 */
export const mostCharacters = 1_000;

/** What the names of operations do, where that is not what {@link usualKind} says. */
export type NameKinds = Readonly<Record<string, OperationKind>>;

const safeMethod = /^(GET|HEAD|OPTIONS) /;

/** What operations of a name do unless they say otherwise: `GET /orders` looks, anything else writes. */
export function usualKind(name: string): OperationKind {
  return safeMethod.test(name) ? 'look' : 'write';
}

/**
 * What an operation does to its key: one that only looks by its name, and says what it makes of the key, writes
 * (`GET /accept` of a vendor).
 */
export function deedOf(kind: OperationKind, hasValue: boolean): OperationKind {
  return kind === 'look' && hasValue ? 'write' : kind;
}

/** The same of an operation as it stands in a recording. */
export function deedIn(operation: {
  readonly name: string;
  readonly kind?: OperationKind;
  readonly value: string | undefined;
}): OperationKind {
  const { name, kind, value } = operation;
  return deedOf(kind ?? usualKind(name), value !== undefined);
}

/** What operations of a name do. A name may be that of a method of all objects. */
export function kindOf(name: string, kinds: NameKinds | undefined): OperationKind {
  return (kinds && Object.hasOwn(kinds, name) ? kinds[name] : undefined) ?? usualKind(name);
}

/** Collects what names do. A name has one kind, so that an operation need not carry its own. */
export class KindsOfNames {
  readonly #kinds = new Map<string, OperationKind>();

  /** The name by which an operation goes: its own, or `order read` where `order` is of another kind already. */
  apart(name: string, kind: OperationKind = usualKind(name)): string {
    const known = this.#kinds.get(name);
    if (known === kind) return name;
    if (known !== undefined) return this.apart(`${name} ${kind}`, kind);
    this.#kinds.set(name, kind);
    return name;
  }

  /** The same of each name of a dictionary. */
  allApart(names: readonly string[], kinds: NameKinds | undefined): string[] {
    return names.map((name) => this.apart(name, kindOf(name, kinds)));
  }

  /** As a recording keeps them: undefined when all do what is usual. */
  get others(): NameKinds | undefined {
    const others = [...this.#kinds].filter(([name, kind]) => kind !== usualKind(name));
    return others.length > 0 ? Object.fromEntries(others) : undefined;
  }
}
