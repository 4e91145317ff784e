import { readable } from '../../duration.ts';
import type { AppExit, FaultRecord, Recording } from '../../recording/recording.ts';

/** Exits that no fault asked for, and starts that came to nothing. */
export function ownExits({ exits }: Pick<Recording, 'exits'>): readonly AppExit[] {
  return exits.filter(({ asked }) => asked !== true);
}

/**
 * Every exit of the app that no fault asked for, with its code or signal, its place among the faults, and when it was
 * back. Also a graceful end that had to be forced. Empty when the app stayed up.
 */
export function exitsText(recording: Recording): string {
  const { faults } = recording;
  return recording.exits
    .map((exit) => (exit.asked ? forcedText(exit, faults) : exitText(exit, faults)))
    .filter(Boolean)
    .join(' ');
}

/**
 * What the app printed before each exit of its own, indented below a heading. Empty when it stayed up or was silent.
 */
export function lastOutputText(recording: Recording): string {
  return ownExits(recording)
    .map(lastWords)
    .filter((words) => words.length > 0)
    .map((words) => `The app's last output:\n    ${words.join('\n    ')}`)
    .join('\n');
}

function exitText(exit: AppExit, faults: readonly FaultRecord[]): string {
  const { at, code, signal, why, readyAt } = exit;
  const place = `at ${readable(at)}${placed(exit, faults)}`;
  if (code === null && signal === null) {
    return `The app was started again and not ready ${place}: ${why ?? 'nobody knows why'}.`;
  }
  const how = signal === null ? `exited with code ${code ?? 'unknown'}` : `was ended by ${signal}`;
  const reason = why === undefined ? '' : `: ${why}`;
  const back = readyAt === undefined ? '' : `; it was started again and ready ${readable(readyAt - at)} later`;
  return `The app ${how} ${place}${reason}${back}.`;
}

/** A graceful end that was none. */
function forcedText({ at, signal }: AppExit, faults: readonly FaultRecord[]): string {
  const fault = faults.find(({ kind, serviceKind, askedAt, healedAt }) => {
    return kind === 'restart' && serviceKind === 'app' && askedAt <= at && !(healedAt < at);
  });
  if (!fault || signal !== 'SIGKILL') return '';
  return `The app did not end within ${readable(at - fault.askedAt)} of the SIGTERM of ${fault.name}, and was killed at ${readable(at)}.`;
}

/** After which event it was, and while what was going on. */
function placed({ at }: AppExit, faults: readonly FaultRecord[]): string {
  const moments = faults
    .flatMap((fault) => [
      { fault, at: fault.inEffectAt, text: `${fault.name} began` },
      { fault, at: fault.healedAt, text: `${fault.name} ended` },
    ])
    .filter((moment) => moment.at <= at)
    .sort((a, b) => b.at - a.at);
  const latest = moments[0];
  if (!latest) return '';
  const others = faults.filter((fault) => fault !== latest.fault && fault.inEffectAt <= at && !(fault.healedAt <= at));
  const meanwhile = others.length > 0 ? `, while ${others.map(({ name }) => name).join(' and ')} lasted` : '';
  return `, ${readable(at - latest.at)} after ${latest.text}${meanwhile}`;
}

/**
 * What Node prints around the message of an uncaught error: source position, caret, stack frames, empty fields, its
 * version.
 */
const wrapping = /^(\s+at |node:|\s*throw |\s*\^+$|\s+\w+: undefined,?$|Node\.js v)/;

/**
 * A line that names an error: `error: terminating connection`, `TypeError: x is not a function`. Indented lines are
 * fields of an error.
 */
const naming = /^(Uncaught )?[\w.]*(error|exception)\b.{0,40}: /i;

/** Lines that are told of what an app printed. */
const mostLines = 6;

/**
 * Takes the six lines that say most: from the last that names an error on, as its fields may follow; else the last six.
 */
function lastWords(exit: AppExit): string[] {
  const lines = exit.output
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '' && !wrapping.test(line));
  const from = lines.findLastIndex((line) => naming.test(line));
  return from >= 0 && from < lines.length - mostLines
    ? [...lines.slice(from, from + mostLines - 1), '...']
    : lines.slice(-mostLines);
}
