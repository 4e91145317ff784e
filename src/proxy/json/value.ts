/**
 * A JSON value as a client wrote it: members in their order, duplicates included, and numbers as digits, so that none
 * is rounded.
 */
export type JsonValue =
  | { readonly kind: 'object'; readonly members: JsonMember[] }
  | { readonly kind: 'array'; readonly items: JsonValue[] }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'number'; readonly digits: string }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'null' };

/** One member of an object. */
export interface JsonMember {
  readonly key: string;
  readonly value: JsonValue;
}
