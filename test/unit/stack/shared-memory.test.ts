import { describe, expect, test } from 'vitest';
import {
  findAbandoned,
  parsePostmasterFile,
  parseSegments,
  type Segment,
} from '../../../src/stack/machine/shared-memory.ts';

test('segments are read by the names of their columns', () => {
  const text = `       key      shmid perms                  size  cpid  lpid nattch   uid   gid  cuid  cgid      atime      dtime      ctime                   rss                  swap
   9985354      98319   600                    56 23507 23519     19 65534 65534 65534 65534 1795260950          0 1795260945                  4096                     0
-123456789          7   644                  4096    12     0      0     0     0     0     0          0          0 1795260000                  4096                     0
`;
  expect(parseSegments(text)).toEqual([
    { key: 9_985_354, id: 98_319, creator: 23_507, attached: 19, madeAt: 1_795_260_945 },
    { key: -123_456_789, id: 7, creator: 12, attached: 0, madeAt: 1_795_260_000 },
  ]);
});

test('without segments there is only the header', () => {
  expect(parseSegments('       key      shmid perms\n')).toEqual([]);
});

describe('a postmaster.pid', () => {
  const first = '23507\n/data\n1795260945\n23357\n\n127.0.0.1\n';

  test('gives the pid, and key and id from its seventh line', () => {
    expect(parsePostmasterFile(`${first}  9985354     98319\nready\n`)).toEqual({
      pid: 23_507,
      key: 9_985_354,
      id: 98_319,
    });
  });

  test('prints the key unsigned, in 32 or 64 bits, where the kernel has a sign', () => {
    expect(parsePostmasterFile(`${first}4171510507 7\n`)?.key).toBe(-123_456_789);
    expect(parsePostmasterFile(`${first}18446744073586094827 7\n`)?.key).toBe(-123_456_789);
  });

  test.for([first, `${first}\n`, '', 'x\n\n\n\n\n\n1 2\n'])('that is not complete says nothing', (text) => {
    expect(parsePostmasterFile(text)).toBeUndefined();
  });
});

describe('a segment is abandoned by us', () => {
  const segment: Segment = { key: 5, id: 6, creator: 700, attached: 0, madeAt: 1_000 };
  const file = { pid: 700, key: 5, id: 6 };
  const none = { files: [], pids: new Set<number>(), since: 900 };

  test('when our postmaster file names its pid, key and id', () => {
    expect(findAbandoned([segment], { ...none, files: [file] })).toEqual([segment]);
  });

  test.for([{ pid: 701 }, { key: 4 }, { id: 7 }])('but not when %o differs', (other) => {
    expect(findAbandoned([segment], { ...none, files: [{ ...file, ...other }] })).toEqual([]);
  });

  test('when one of our processes made it', () => {
    expect(findAbandoned([segment], { ...none, pids: new Set([700]) })).toEqual([segment]);
  });

  test('but not when it is older than the stack: then another process had that pid', () => {
    expect(findAbandoned([segment], { ...none, pids: new Set([700]), since: 1_001 })).toEqual([]);
  });

  test('but not while a process is attached', () => {
    const used = { ...segment, attached: 1 };
    expect(findAbandoned([used], { ...none, files: [file], pids: new Set([700]) })).toEqual([]);
  });

  test('but not when nothing says that it is ours', () => {
    expect(findAbandoned([segment], none)).toEqual([]);
  });
});
