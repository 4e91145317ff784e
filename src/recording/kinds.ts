/** What an operation does to its key. `read`: it looks. `remove`: it takes the key away. `write`: anything else. */
export type OperationKind = 'read' | 'write' | 'remove';

/** Characters of a value that is read, and by which it is compared: a body of megabytes, read a thousand times, must fit into memory. */
export const mostCharacters = 1_000;

/** What the names of operations do; whatever is not named writes. */
export type NameKinds = Readonly<Record<string, OperationKind>>;

/** What operations of a name do. A name may be that of a method of all objects. */
export function kindOf(name: string, kinds: NameKinds | undefined): OperationKind {
  return (kinds && Object.hasOwn(kinds, name) ? kinds[name] : undefined) ?? 'write';
}

/** Collects what names do. A name has one kind, so that an operation need not carry its own. */
export class KindsOfNames {
  readonly #kinds = new Map<string, OperationKind>();

  /** The name by which an operation goes: its own, or `order read` where `order` is of another kind already. */
  apart(name: string, kind: OperationKind = 'write'): string {
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

  /** As a recording keeps them: undefined when all write. */
  get others(): NameKinds | undefined {
    const others = [...this.#kinds].filter(([, kind]) => kind !== 'write');
    return others.length > 0 ? Object.fromEntries(others) : undefined;
  }
}
