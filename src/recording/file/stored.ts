import { closeSync, readSync } from 'node:fs';
import {
  type ColumnName,
  type Columns,
  columnNames,
  columnOver,
  type Dictionaries,
  emptyColumn,
  type NumberColumns,
  type Numbers,
  newestVersion,
  widthOf,
} from '../columns.ts';
import { PackedTexts } from '../texts.ts';
import { joinColumn, joinTexts } from './arrange.ts';
import { bytesOf, type ChunkSize, type Layout, layoutOf } from './chunk.ts';

/**
 * Reads bytes of a column, from the start of a buffer that is overwritten when the same column is read again, or never.
 */
type ReadColumn = (offset: number, length: number, column: ColumnName | 'key' | 'value') => Uint8Array<ArrayBuffer>;

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
const ColumnsOnDemand = OnDemand as abstract new () => OnDemand & NumberColumns;

/** A chunk as encodeChunk wrote it at some offset. Each of its columns is read when it is asked for. */
class StoredChunk extends ColumnsOnDemand implements Columns {
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

/** Closes the files of columns that nobody holds any more. */
const forgotten = new FinalizationRegistry<number>((descriptor) => closeSync(descriptor));

/**
 * Columns on disk. Chunk by chunk they take the memory of one chunk; asked for one of their arrays, they read it whole
 * (80 MB for ten million instants), and keep it as long as the caller does.
 */
export class StoredColumns extends ColumnsOnDemand implements Columns {
  readonly length: number;
  readonly categories: readonly string[];
  readonly names: readonly string[];
  readonly kinds: Columns['kinds'];
  readonly #descriptor: number;
  readonly #start: number;
  readonly #layout: Layout;
  /** How long the parts of each chunk are. */
  readonly sizes: readonly ChunkSize[];
  /** Version of the recording file whose columns the chunks have. */
  readonly version: number;
  readonly #whole = new Map<ColumnName | 'key' | 'value', WeakRef<object>>();

  /**
   * @param descriptor of an open file, which is closed when these columns are no longer used
   * @param start where the first chunk begins, in bytes
   * @param sizes of the chunks, which lie one after the other
   * @param version of the recording file whose columns the chunks have
   */
  constructor(
    descriptor: number,
    start: number,
    sizes: readonly ChunkSize[],
    dictionaries: Dictionaries,
    version = newestVersion,
  ) {
    super();
    this.version = version;
    this.#layout = layoutOf(version);
    this.#descriptor = descriptor;
    this.#start = start;
    this.sizes = sizes;
    this.length = sizes.reduce((sum, [length]) => sum + length, 0);
    this.categories = dictionaries.categories;
    this.names = dictionaries.names;
    this.kinds = dictionaries.kinds;
    forgotten.register(this, descriptor);
  }

  readonly chunks = (use?: 'in passing'): Iterable<Columns> => this.#chunks(use);

  override numbersOf(name: ColumnName): Numbers {
    return this.#once(name, () => joinColumn(this.#chunks('in passing'), name, this.length));
  }

  get key(): readonly (string | undefined)[] {
    return this.#once('key', () => joinTexts(this.#chunks('in passing'), 'key'));
  }

  get value(): readonly (string | undefined)[] {
    return this.#once('value', () => joinTexts(this.#chunks('in passing'), 'value'));
  }

  /** The chunks as they are written, one after the other. */
  *bytes(): Generator<Uint8Array> {
    let offset = this.#start;
    for (const size of this.sizes) {
      yield this.#read(offset, bytesOf(size, this.#layout));
      offset += bytesOf(size, this.#layout);
    }
  }

  *#chunks(use: 'in passing' | undefined): Generator<Columns> {
    // One buffer for each column: fresh ones for each chunk would make the garbage collector look at all that the test
    // holds.
    const buffers = new Map<string, Uint8Array<ArrayBuffer>>();
    const reused = (offset: number, length: number, column: string): Uint8Array<ArrayBuffer> => {
      let buffer = buffers.get(column);
      if (!buffer || buffer.length < length) buffer = Buffer.allocUnsafeSlow(length);
      buffers.set(column, buffer);
      return this.#fill(buffer.subarray(0, length), offset);
    };
    let offset = this.#start;
    for (const size of this.sizes) {
      yield new StoredChunk(use ? reused : this.#read, offset, size, this.#layout, this);
      offset += bytesOf(size, this.#layout);
    }
  }

  readonly #read = (offset: number, length: number): Uint8Array<ArrayBuffer> =>
    this.#fill(Buffer.allocUnsafeSlow(length), offset);

  #fill(bytes: Uint8Array<ArrayBuffer>, offset: number): Uint8Array<ArrayBuffer> {
    const { length } = bytes;
    for (let done = 0; done < length; ) {
      const read = readSync(this.#descriptor, bytes, done, length - done, offset + done);
      if (read === 0) {
        throw new Error(
          `the operations of a recording end at byte ${offset + done}, before ${offset + length}: its file was cut`,
        );
      }
      done += read;
    }
    return bytes;
  }

  /**
   * A whole column. A loop that asks for it at every row reads it once: a weak reference lives at least as long as the
   * loop.
   */
  #once<Name extends ColumnName | 'key' | 'value'>(name: Name, readAll: () => Columns[Name]): Columns[Name] {
    const known = this.#whole.get(name)?.deref() as Columns[Name] | undefined;
    if (known) return known;
    const column = readAll();
    this.#whole.set(name, new WeakRef(column));
    return column;
  }
}
