import type { Columns } from '../../dist/recording/columns.js';

/** Operations per second of the synthetic run. */
export const rate = 2_000;

/** The key of an operation: as long as an id of a message service is after its prefix. */
export function key(n: number): string {
  return `SM${n}`;
}

/** Operations `from` to `from + length - 1` of a healthy run: log-normal latency with a median of 5 ms, one error in a thousand, a key each. */
export function chunkAt(from: number, length: number): Columns {
  const columns = {
    length,
    dueAt: new Float64Array(length),
    startedAt: new Float64Array(length),
    endedAt: new Float64Array(length),
    outcome: new Uint8Array(length),
    status: new Uint16Array(length).fill(200),
    bytesSent: new Float32Array(length).fill(210),
    bytesReceived: new Float32Array(length).fill(180),
    takes: new Uint8Array(length).fill(2),
    category: new Uint16Array(length),
    categories: ['ok', '503'],
    name: new Uint16Array(length),
    names: ['order', 'trip'],
    key: Array.from({ length }, (_, index) => key(from + index)),
    value: new Array<undefined>(length).fill(undefined),
  };
  for (let row = 0; row < length; row++) {
    const n = from + row;
    const due = (n * 1_000) / rate;
    columns.dueAt[row] = due;
    columns.startedAt[row] = due + Math.random() * 0.2;
    columns.endedAt[row] = due + 0.2 + latency();
    const isError = n % 1_000 === 999;
    columns.outcome[row] = isError ? 2 : 0;
    columns.category[row] = isError ? 1 : 0;
    columns.name[row] = n % 2;
  }
  return columns;
}

/** Milliseconds, by the method of Box and Muller. */
function latency(): number {
  const normal = Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
  return 5 * Math.exp(0.5 * normal);
}
