import type { ChunkSize, Layout } from './chunk.ts';
import {
  type ColumnName,
  type Columns,
  columnNames,
  columnOver,
  type Dictionaries,
  emptyColumn,
  type NumberColumns,
  type Numbers,
  widthOf,
} from './columns.ts';
import { PackedTexts } from './texts.ts';

/** Reads bytes of a column, from the start of a buffer that is overwritten when the same column is read again, or never. */
export type ReadColumn = (
  offset: number,
  length: number,
  column: ColumnName | 'key' | 'value',
) => Uint8Array<ArrayBuffer>;

/** Columns of which each is read when it is asked for. */
abstract class OnDemand {
  abstract numbersOf(name: ColumnName): Numbers;
}
for (const name of columnNames) {
  Object.defineProperty(OnDemand.prototype, name, {
    get(this: OnDemand) {
      return this.numbersOf(name);
    },
  });
}
/** The same with a property for each column. */
export const ColumnsOnDemand = OnDemand as abstract new () => OnDemand & NumberColumns;

/** A chunk as encodeChunk wrote it at some offset. Each of its columns is read when it is asked for. */
export class StoredChunk extends ColumnsOnDemand implements Columns {
  readonly length: number;
  readonly categories: readonly string[];
  readonly names: readonly string[];
  readonly kinds: Columns['kinds'];
  readonly #read: ReadColumn;
  readonly #offset: number;
  readonly #size: ChunkSize;
  readonly #layout: Layout;
  readonly #numbers = new Map<ColumnName, Numbers>();
  #packedKeys: PackedTexts | undefined;
  #packedValues: PackedTexts | undefined;
  #key: Columns['key'] | undefined;
  #value: Columns['value'] | undefined;

  constructor(read: ReadColumn, offset: number, size: ChunkSize, layout: Layout, dictionaries: Dictionaries) {
    super();
    this.length = size[0];
    this.categories = dictionaries.categories;
    this.names = dictionaries.names;
    this.kinds = dictionaries.kinds;
    this.#read = read;
    this.#offset = offset;
    this.#size = size;
    this.#layout = layout;
  }

  override numbersOf(name: ColumnName): Numbers {
    let numbers = this.#numbers.get(name);
    if (!numbers) {
      numbers = this.#readNumbers(name);
      this.#numbers.set(name, numbers);
    }
    return numbers;
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
    this.#packedKeys ??= new PackedTexts(this.#read(this.#texts, keyBytes, 'key'), length);
    return this.#packedKeys;
  };

  readonly packedValues = (): PackedTexts => {
    const [length, keyBytes, valueBytes] = this.#size;
    this.#packedValues ??= new PackedTexts(this.#read(this.#texts + keyBytes, valueBytes, 'value'), length);
    return this.#packedValues;
  };

  /** Where the keys begin. */
  get #texts(): number {
    return this.#offset + this.length * this.#layout.width;
  }

  /** Nothing is known of what the file's version does not have. */
  #readNumbers(name: ColumnName): Numbers {
    const before = this.#layout.before[name];
    if (before === undefined) return emptyColumn(name, this.length);
    const bytes = this.#read(this.#offset + this.length * before, this.length * widthOf(name), name);
    return columnOver(name, bytes.buffer, this.length);
  }
}
