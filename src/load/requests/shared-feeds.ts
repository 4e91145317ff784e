import type { Request } from '../load.ts';
import type { Schedule } from '../plan/schedule.ts';
import { type ProcessShare, partIndex, shareOf } from '../plan/share.ts';
import { Feed } from './feed.ts';
import type { RequestLabels } from './prepare.ts';

/** The requests that one process sends: those before zero, and those from zero on. */
interface ProcessFeeds {
  readonly part: ProcessShare;
  readonly warming: Feed;
  readonly main: Feed;
}

/** The requests of an open loop, shared out over its processes. */
export class SharedFeeds {
  readonly ofProcesses: readonly ProcessFeeds[];

  /** @param make the user's function, pure: request n */
  constructor(schedule: Schedule, processes: number, make: (n: number) => Request) {
    const feedOf = (from: number, to: number, part: ProcessShare) =>
      new Feed(shareOf(from, to, part), make, (n) => `request({ n: ${n} })`);
    this.ofProcesses = Array.from({ length: processes }, (_, index) => {
      const part: ProcessShare = { index, of: processes };
      return { part, warming: feedOf(schedule.first, 0, part), main: feedOf(0, schedule.count, part) };
    });
  }

  /** What the recording says of request n. */
  labels(n: number): RequestLabels {
    const { warming, main } = this.ofProcesses[partIndex(n, this.ofProcesses.length)] as ProcessFeeds;
    return (n < 0 ? warming : main).labels(n);
  }
}
