import { bytesPerOperation, type ChunkSize, type Dictionaries, type NumericName } from './chunk.ts';
import type { Columns } from './columns.ts';
import { PackedTexts } from './texts.ts';

type Column = NumericName | 'key' | 'value';

/** Reads bytes of a column, from the start of a buffer that is overwritten when the same column is read again, or never. */
export type ReadColumn = (offset: number, length: number, column: Column) => Uint8Array<ArrayBuffer>;

/** A chunk as encodeChunk wrote it at some offset. Each of its columns is read when it is asked for. */
export class StoredChunk implements Columns {
  readonly length: number;
  readonly categories: readonly string[];
  readonly names: readonly string[];
  readonly kinds: Columns['kinds'];
  readonly #read: ReadColumn;
  readonly #offset: number;
  readonly #size: ChunkSize;
  #dueAt: Float64Array | undefined;
  #startedAt: Float64Array | undefined;
  #endedAt: Float64Array | undefined;
  #category: Uint16Array | undefined;
  #name: Uint16Array | undefined;
  #outcome: Uint8Array | undefined;
  #packedKeys: PackedTexts | undefined;
  #packedValues: PackedTexts | undefined;
  #key: Columns['key'] | undefined;
  #value: Columns['value'] | undefined;

  constructor(read: ReadColumn, offset: number, size: ChunkSize, { categories, names, kinds }: Dictionaries) {
    this.length = size[0];
    this.categories = categories;
    this.names = names;
    this.kinds = kinds;
    this.#read = read;
    this.#offset = offset;
    this.#size = size;
  }

  get dueAt(): Float64Array {
    this.#dueAt ??= new Float64Array(this.#bytes('dueAt', 0, 8), 0, this.length);
    return this.#dueAt;
  }

  get startedAt(): Float64Array {
    this.#startedAt ??= new Float64Array(this.#bytes('startedAt', 8, 8), 0, this.length);
    return this.#startedAt;
  }

  get endedAt(): Float64Array {
    this.#endedAt ??= new Float64Array(this.#bytes('endedAt', 16, 8), 0, this.length);
    return this.#endedAt;
  }

  get category(): Uint16Array {
    this.#category ??= new Uint16Array(this.#bytes('category', 24, 2), 0, this.length);
    return this.#category;
  }

  get name(): Uint16Array {
    this.#name ??= new Uint16Array(this.#bytes('name', 26, 2), 0, this.length);
    return this.#name;
  }

  get outcome(): Uint8Array {
    this.#outcome ??= new Uint8Array(this.#bytes('outcome', 28, 1), 0, this.length);
    return this.#outcome;
  }

  get key(): Columns['key'] {
    this.#key ??= this.packedKeys().all();
    return this.#key;
  }

  get value(): Columns['value'] {
    this.#value ??= this.packedValues().all();
    return this.#value;
  }

  readonly packedKeys = (): PackedTexts => {
    const [length, keyBytes] = this.#size;
    this.#packedKeys ??= new PackedTexts(
      this.#read(this.#offset + length * bytesPerOperation, keyBytes, 'key'),
      length,
    );
    return this.#packedKeys;
  };

  readonly packedValues = (): PackedTexts => {
    const [length, keyBytes, valueBytes] = this.#size;
    const at = this.#offset + length * bytesPerOperation + keyBytes;
    this.#packedValues ??= new PackedTexts(this.#read(at, valueBytes, 'value'), length);
    return this.#packedValues;
  };

  /** @param before bytes of an operation that lie in the columns before this one */
  #bytes(column: NumericName, before: number, width: number): ArrayBuffer {
    return this.#read(this.#offset + this.length * before, this.length * width, column).buffer;
  }
}
