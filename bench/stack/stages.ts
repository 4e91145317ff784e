/** Milliseconds of each part of a round. */
export type Stages = Readonly<Record<(typeof stages)[number]['name'], number>>;

/** The parts of a round as the table shows them; those with two dots lie within the one above and overlap each other. */
export const stages = [
  { name: 'toReady', title: 'from nothing to an app that is ready', aim: '1,500' },
  { name: 'open', title: '  of it: servers and proxy up', aim: undefined },
  { name: 'postgres', title: '    .. Postgres with its schema', aim: undefined },
  { name: 'redis', title: '    .. Redis', aim: undefined },
  { name: 'other', title: '    .. before them: reaper, fault proxy', aim: undefined },
  { name: 'firstFresh', title: '  of it: first fresh services', aim: undefined },
  { name: 'firstApp', title: '  of it: app start', aim: undefined },
  { name: 'reset', title: 'reset between two tests', aim: '100' },
  { name: 'resetPostgres', title: '    .. Postgres', aim: undefined },
  { name: 'resetRedis', title: '    .. Redis', aim: undefined },
  { name: 'app', title: 'app start, beside it', aim: undefined },
  { name: 'close', title: 'everything ended', aim: undefined },
  { name: 'load', title: 'before all: Node and the package loaded', aim: undefined },
] as const;
