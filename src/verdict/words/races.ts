import type { Races } from '../../analysis/races/winners.ts';
import type { Recording } from '../../recording/recording.ts';
import { percentText } from '../percent.ts';
import { neededOverlap } from '../samples.ts';
import { categoriesText, counted } from './evidence.ts';
import { instantText, notSettled, unread } from './ledger-texts.ts';

/** Why these races cannot be judged: none, or not raced at the same time. Undefined when they can. */
export function racesDoubt(seen: Races): string | undefined {
  if (seen.races === 0) {
    return 'There was no race in this run: use race({ races, contenders, attempt }) as its load, with the key of the race and the contender as the value in each request.';
  }
  const overlap = seen.overlapping / seen.races;
  if (overlap < neededOverlap) {
    return `Only ${percentText(overlap)} of ${counted(seen.races, 'race')} were races: in the others the attempts did not overlap in time, or were all of one contender (${percentText(neededOverlap)} needed), so nobody was raced against. Let each contender have a value of its own (the default), raise contenders, or run on a machine with a core to spare.`;
  }
  return undefined;
}

/**
 * Why there are too few races for a statement about them.
 * @param claim what needs so many, where that is not any statement
 */
export function fewRaces(races: number, needed: number, claim?: string): string {
  const what = claim === undefined ? `${needed} are needed` : `${claim} needs ${needed.toLocaleString('en-US')}`;
  return `Too few races: ${races.toLocaleString('en-US')}, and ${what}. Raise races in race({ races, contenders, attempt }).`;
}

/**
 * Says why these races prove nothing of their losers: too many of them were reached by fewer than two contenders. Else
 * undefined.
 */
function contestDoubt({ races, contested, asideBy }: Races): string | undefined {
  if (contested >= neededOverlap * races) return undefined;
  const answers = [...asideBy].toSorted(([, one], [, other]) => other - one);
  return `In ${(races - contested).toLocaleString('en-US')} of ${counted(races, 'race')} fewer than two contenders reached the race: the others were answered ${categoriesText(new Map(answers))}, which says neither that they won nor that they lost (${percentText(neededOverlap)} must be contested). Mend their requests; or, if such an answer tells a contender that it lost, say so: race({ lossIs: [${suggestedLoss(answers)}] }).`;
}

function suggestedLoss(answers: readonly (readonly [category: string, count: number])[]): string {
  return answers.find(([category]) => /^4\d\d$/.test(category))?.[0] ?? '409';
}

/** Why the final state cannot say who holds what was raced for; undefined where it can, or was not read. */
function unnamedDoubt({ races, holdersUnnamed }: Races): string | undefined {
  if (holdersUnnamed === 0) return undefined;
  return `Of ${holdersUnnamed.toLocaleString('en-US')} of ${counted(races, 'race')} the final state has a row without a value, which names nobody, so the winners that the app named could not be compared with it: let finalState return the contender as value (select item_id as key, buyer_id as value).`;
}

/** Why the winners could not be compared with the final state that the test asked for; undefined where they were. */
export function holdersDoubt(recording: Recording): string | undefined {
  if (recording.stateUnread !== undefined) {
    return unread(recording, 'whether the winners that the app named are those that it kept');
  }
  return recording.finalState?.settled === false ? notSettled(recording) : undefined;
}

/** How many races broke the rule of one winner, and how many nobody won: `1 race condition, 3 without a winner`. */
export function conditionsText({ races, raceConditions, withoutWinner }: Races): string {
  if (races === 0) return 'not measured';
  const conditions = counted(raceConditions, 'race condition');
  return withoutWinner > 0 ? `${conditions}, ${withoutWinner} without a winner` : conditions;
}

/** Races that are told one by one. */
const mostTold = 3;

/**
 * Up to three races that were won twice or by the wrong contender, each on a line with what happened. Empty without
 * any.
 */
export function violationsText(recording: Recording, seen: Races): string {
  const { violations } = seen;
  if (violations.length === 0) return '';
  const races = violations.slice(0, mostTold).map(({ key, at, fault, reason, acknowledged, durable }) => {
    const state = recording.finalState ? `; final state: ${heldText(acknowledged, durable)}` : '';
    const when = `${instantText(at)}${fault ? `, during ${fault}` : ''}`;
    return `Race ${key} (${when}): ${reason} (answered as winners: ${namesText(acknowledged)}${state}).`;
  });
  const more = violations.length - races.length;
  return [
    `${counted(violations.length, 'race')} of ${seen.races.toLocaleString('en-US')} broke the rule of one winner${more > 0 ? '; the first of them' : ''}:`,
    ...races,
  ].join('\n');
}

function heldText(acknowledged: readonly string[], durable: readonly string[]): string {
  const same = acknowledged.length === durable.length && durable.every((name) => acknowledged.includes(name));
  return same && durable.length > 1 ? 'the same' : namesText(durable);
}

/** Contenders that are named. */
const mostNamed = 4;

function namesText(names: readonly string[]): string {
  if (names.length === 0) return 'nobody';
  const more = names.length - mostNamed;
  return `${names.slice(0, mostNamed).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/**
 * Says why races without a violation prove little, judged by their share or one by one. Undefined where they prove
 * something.
 */
export function unprovenDoubt(seen: Races): string | undefined {
  return unnamedDoubt(seen) ?? contestDoubt(seen);
}
