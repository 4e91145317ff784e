import type { Recording } from '../../recording/recording.ts';
import { type Origin, originOf } from '../origin.ts';

/** What a run depends on besides its seed, where it is set. */
const settings = ['PROFILE', 'TARGET', 'STRICT', 'RUNTIME'].map((name) => `BREAKING_POINT_${name}`);

/** Runs of a test that say whether it fails every time. */
const runs = 5;

/**
 * What replays a run, and where its recording and logs are. One line for a shell where the test is known.
 * @param repeated whether the run was repeated already, so that the message says how many repeats failed
 */
export function replayText(recording: Recording, repeated = false): string {
  const origin = originOf(recording);
  const { seed, generator } = recording;
  if (!origin) {
    return `BREAKING_POINT_SEED=${seed} replays it: the same requests, due at the same times (${generator.load}); what they meet may interleave differently.`;
  }
  const same = 'the same requests at the same times; what they meet may interleave differently';
  const command = commandOf(origin, seed);
  const again =
    repeated || origin.isTrial
      ? `To replay it (${same}):\n  ${command}`
      : `To replay it ${runs} times and see how many fail (${same}):\n  ${command} --repeats ${runs - 1}`;
  return `${again}\n${whereText(origin)}`;
}

/** Where the recording and the logs of a test are. */
export function whereText({ folder }: Pick<Origin, 'folder'>): string {
  return `Recording and logs: ${folder}`;
}

/** The line for a shell that runs a test again with its seed, and no other test. */
export function commandOf(
  { project, file, fullName }: Pick<Origin, 'project' | 'file' | 'fullName'>,
  seed: number,
): string {
  const variables = settings.flatMap((name) => {
    const value = process.env[name];
    return value ? [`${name}=${quote(value)} `] : [];
  });
  const only = project === '' ? '' : ` --project ${quote(project)}`;
  return `BREAKING_POINT_SEED=${seed} ${variables.join('')}npx vitest run ${quote(file)}${only} -t ${quote(patternOf(fullName))}`;
}

/** Vitest looks for a regular expression in the full name: without its ends, `a` finds `a test of b` as well. */
function patternOf(fullName: string): string {
  const literal = fullName
    .replace(/[$()*+.?[\\\]^{|}]/g, '\\$&')
    .replace(/\p{Cc}/gu, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return `^${literal}$`;
}

function quote(text: string): string {
  return /^[\w./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
