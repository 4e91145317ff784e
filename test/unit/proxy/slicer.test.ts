import { expect, test } from 'vitest';
import { slicer } from '../../../src/proxy/toxics/slicer.ts';
import type { DataChunk, Pipe, Wait } from '../../../src/proxy/toxics/toxic.ts';

const moment: Wait = { for: 'nothing', ms: 0 };

/** What becomes of one chunk: the length of each piece, and `wait` for each delay. */
function cut(length: number, average: number, variation: number, dice: readonly number[]): (number | 'wait')[] {
  const seen: (number | 'wait')[] = [];
  const chunks: DataChunk[] = [{ data: Buffer.alloc(length), receivedAt: 0 }];
  const left = [...dice];
  const pipe: Pipe = {
    counted: 0,
    interrupted: false,
    *read() {
      yield moment;
      return chunks.shift();
    },
    *write({ data }) {
      seen.push(data.length);
      yield moment;
    },
    *sleep() {
      seen.push('wait');
      yield moment;
    },
    *sleepFirmly() {
      yield moment;
    },
  };
  const random = (): number => left.shift() ?? expect.unreachable('more dice were rolled than expected');
  const attributes = { average_size: average, size_variation: variation, delay: 1 };
  Array.from(slicer.run(pipe, attributes, random));
  expect(left).toEqual([]);
  return seen;
}

test('a cut falls on every place within the variation, as often on one as on another', () => {
  // 5 bytes are halved at 2, moved by -1, 0 or 1.
  expect(cut(5, 2, 2, [0.25])).toEqual([1, 'wait', 4, 'wait']);
  expect(cut(5, 2, 2, [0.5])).toEqual([2, 'wait', 3, 'wait']);
  expect(cut(5, 2, 2, [0.75])).toEqual([3, 'wait', 2, 'wait']);
});

test('a cut at the edge of a chunk is an empty piece, which takes its time, and the chunk is cut again', () => {
  expect(cut(5, 2, 2, [0, 0, 0.25])).toEqual(['wait', 'wait', 1, 'wait', 4, 'wait']);
});

test('a cut beyond the edge, by a variation above the size, is one at the edge', () => {
  // 17 bytes are halved at 8, moved by -12 or by 11.
  expect(cut(17, 4, 12, [0, 0.5])).toEqual(['wait', 8, 'wait', 9, 'wait']);
  expect(cut(17, 4, 12, [0.999, 0.5])).toEqual([8, 'wait', 9, 'wait', 'wait']);
});
