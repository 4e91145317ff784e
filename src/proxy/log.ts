import { type ApiExchange, errorText } from './api/exchange.ts';

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'panic', 'disabled'] as const;

/** How much it matters; `disabled` is the level at which nothing is written. */
export type Level = (typeof levels)[number];

/**
 * A log of one line of JSON an event, in the fields that a Toxiproxy uses: `level`, what it is about, `time`,
 * `message`.
 */
export interface Log {
  write(level: Level, message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** The {@link Level} of that name in any case, as LOG_LEVEL takes it; undefined for any other text. */
export function levelOf(text: string): Level | undefined {
  return levels.find((level) => level === text.toLowerCase());
}

/**
 * A log of what is at or above a level.
 * @param print gets each line, without its end
 * @param clock milliseconds since 1970
 */
export function makeLog(print: (line: string) => void, least: Level, clock: () => number = Date.now): Log {
  return {
    write(level, message, fields = {}) {
      if (levels.indexOf(level) < levels.indexOf(least)) return;
      print(JSON.stringify({ level, ...fields, time: new Date(clock()).toISOString(), message }));
    },
  };
}

/**
 * One line for a change (info) with what there is after it, for a change that was refused (warn), for a question
 * (debug).
 */
export function logExchange(log: Log, { method, url, answer }: ApiExchange): void {
  const request = { method, url, status: answer.status };
  if (answer.status >= 400) log.write('warn', 'Refused', { ...request, error: errorText(answer) });
  else if (method === 'GET') log.write('debug', 'Answered', request);
  else log.write('info', changeOf(method, url), { url, ...stateAfter(answer) });
}

const changes: readonly (readonly [request: RegExp, message: string])[] = [
  [/^POST \/(proxies|create)$/, 'Created proxy'],
  [/^POST \/proxies\/[^/]+\/hang$/, 'Connects hang'],
  [/^DELETE \/proxies\/[^/]+\/hang$/, 'Connects are accepted again'],
  [/^(POST|PATCH) \/proxies\/[^/]+$/, 'Updated proxy'],
  [/^DELETE \/proxies\/[^/]+$/, 'Deleted proxy'],
  [/^POST \/proxies\/[^/]+\/toxics$/, 'Added toxic'],
  [/^(POST|PATCH) \/proxies\/[^/]+\/toxics\/[^/]+$/, 'Updated toxic'],
  [/^DELETE \/proxies\/[^/]+\/toxics\/[^/]+$/, 'Removed toxic'],
  [/^POST \/populate$/, 'Populated'],
  [/^POST \/reset$/, 'Reset all proxies'],
];

function changeOf(method: string, url: string): string {
  const asked = `${method} ${url.replace(/[?#].*$/s, '')}`;
  return changes.find(([request]) => request.test(asked))?.[1] ?? 'Changed';
}

/** What the answer says, without the `Logger` that it has only because a Toxiproxy's has it. */
function stateAfter({ body }: ApiExchange['answer']): Readonly<Record<string, unknown>> {
  if (body === undefined) return {};
  const drop = (key: string, value: unknown) => (key === 'Logger' ? undefined : value);
  return JSON.parse(body, drop) as Readonly<Record<string, unknown>>;
}
