import type { Races } from '../analysis/winners.ts';
import type { Recording } from '../recording/recording.ts';
import { counted } from './evidence.ts';
import { percentText } from './percent.ts';
import { neededOverlap, neededRaces } from './samples.ts';

/** Why these races cannot be judged: none, too few, or not raced at the same time. Undefined when they can. */
export function racesDoubt(seen: Races): string | undefined {
  if (seen.races === 0) {
    return 'There was no race in this run: use race({ races, contenders, attempt }) as its load, with the key of the race and the contender as the value in each request.';
  }
  if (seen.races < neededRaces) {
    return `Too few races: ${seen.races}, and ${neededRaces} are needed. Raise races in race({ races, contenders, attempt }).`;
  }
  const overlap = seen.overlapping / seen.races;
  if (overlap < neededOverlap) {
    return `Only ${percentText(overlap)} of ${counted(seen.races, 'race')} were races: in the others the attempts did not overlap in time (${percentText(neededOverlap)} needed), so one contender was simply first. Raise contenders, or run on a machine with a core to spare.`;
  }
  return undefined;
}

/** Up to five races that were won twice or by the wrong contender, each with what happened. Empty when there was none. */
export function violationsText(recording: Recording, seen: Races): string {
  const { violations } = seen;
  if (violations.length === 0) return '';
  const races = violations.slice(0, 5).map(({ key, reason, acknowledged, durable }) => {
    const state = recording.finalState ? `; final state: ${durable.join(', ') || 'nobody'}` : '';
    return `${key}: ${reason} (told so: ${acknowledged.join(', ') || 'nobody'}${state})`;
  });
  const more = violations.length - races.length;
  return `${counted(violations.length, 'race')} of ${seen.races.toLocaleString('en-US')} broke the rule of one winner. ${races.join('. ')}${more > 0 ? `. And ${more.toLocaleString('en-US')} more` : ''}.`;
}
