import { Fifo } from '../../fifo.ts';
import type { JourneyUser } from './journey.ts';

/** Who goes on journeys: a fixed number of users, each on one at a time, or for every arrival a new one. */
export interface Users {
  /** The user for arrival `n`; undefined while all are under way. */
  take(n: number): JourneyUser | undefined;
  /** The user is back. */
  give(user: JourneyUser): void;
}

/** Every arrival is a new user, as long as no more than `most` are under way. */
export function newUsers(most: number): Users {
  let away = 0;
  return {
    take: (n) => {
      if (away === most) return undefined;
      away++;
      return { n, sequence: 0, state: {} };
    },
    give: () => {
      away--;
    },
  };
}

/** A fixed number of users. The one that has been free for longest goes first. */
export function fixedUsers(count: number): Users {
  const free = new Fifo<JourneyUser>();
  for (let n = 0; n < count; n++) free.push({ n, sequence: 0, state: {} });
  return {
    take: () => free.shift(),
    give: ({ n, sequence, state }) => free.push({ n, sequence: sequence + 1, state }),
  };
}
