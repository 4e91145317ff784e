import { countErrors } from '../../analysis/window/errors.ts';
import { readable } from '../../duration.ts';
import type { AppExit, Recording } from '../../recording/recording.ts';
import { conclude, explainNothingDue } from '../conclude.ts';
import type { Judgement } from '../judgement.ts';
import { counted, faultsText } from '../words/evidence.ts';
import { ownExits } from '../words/exits.ts';

/**
 * Did the app stay up? Every exit that no fault asked for is one too many, with any code, even if the app was started
 * again. So is a new start after which the app was not ready in time.
 */
export function stayUp(recording: Recording): Judgement {
  const own = ownExits(recording);
  const { operations } = countErrors(recording);
  return conclude({
    status: own.length > 0 ? 'fail' : 'pass',
    witness: own.length > 0,
    metric: 'exits',
    subject: 'exits of the app that no fault asked for',
    plural: true,
    value: own.length,
    shown: counted(own.length, 'exit'),
    bound: '0 exits',
    samples: operations,
    window: recording,
    doubt: explainNothingDue(recording, operations),
    facts: [restartsText(own), askedText(recording), faultsText(recording.faults)],
    advice: [adviceOn(own)],
  });
}

function restartsText(own: readonly AppExit[]): string {
  if (own.length < 2) return '';
  const times = own.flatMap(({ at, readyAt }) => (readyAt === undefined ? [] : [readyAt - at]));
  if (times.length === 0) return `It was not ready again after any of ${counted(own.length, 'exit')}.`;
  const longest = readable(Math.max(...times));
  return `It was started again and ready after ${times.length} of ${counted(own.length, 'exit')}, within ${longest}.`;
}

/** What the faults did to it themselves, which is held against nobody. */
function askedText({ exits }: Recording): string {
  const asked = exits.filter((exit) => exit.asked);
  if (asked.length === 0) return '';
  const back = asked.flatMap(({ at, readyAt }) => (readyAt === undefined ? [] : [readable(readyAt - at)]));
  const ready = back.length > 0 ? `; it was ready again after ${back.join(', ')}` : '';
  return `A fault ended it ${counted(asked.length, 'time')}, as it was meant to${ready}.`;
}

function adviceOn(own: readonly AppExit[]): string {
  if (own.some(({ code }) => code === 0)) {
    return 'An exit with code 0 is an exit too: look for process.exit() in an error handler, or for a process that ends because nothing is left for it to wait for.';
  }
  if (own.some(({ why }) => why?.includes('memory limit'))) {
    return 'A healthy service bounds what it holds: queues, caches and requests in flight. Compare the series app memory with the load.';
  }
  if (own.every(({ code, signal }) => code === null && signal === null)) {
    return 'A healthy service gets ready again by itself once what it needs is there: retry the connections that it makes at its start.';
  }
  return "A healthy service outlives its dependencies: it handles the 'error' events of its pools, clients and sockets, and no promise of it is left without a catch.";
}
