import type { Figure } from './figures.ts';
import type { Offer, Tool } from './tool.ts';

/** A server with a known answer, and what is asked of every tool. */
export interface Case {
  /** As the issue counts them. */
  readonly letter: string;
  readonly title: string;
  readonly behaviour: string;
  readonly offer: Omit<Offer, 'url'>;
  /** What is compared, with the truth as it was designed. */
  readonly figures: readonly (readonly [figure: Figure, designed: string])[];
  /** Tools that can tell the truth here at all: a closed loop cannot where it depends on who waits. */
  readonly fair: (tool: Tool) => boolean;
}

const offered = { rate: 500, seconds: 4, connections: 10, warmUp: 400, rateMatters: false, flatOut: false };
/** Without a warm-up the server's count of errors is that of the run. */
const counted = { ...offered, rate: 1_000, seconds: 2, warmUp: 0 };
const everyTool = () => true;
const openOnly = ({ open }: Tool) => open;

/** All but the slow start with a warm-up, and the capacity's bracket, which only we have. */
export const cases: readonly Case[] = [
  {
    letter: 'a',
    title: 'constant 5 ms, 500/s',
    behaviour: 'constant',
    offer: offered,
    figures: [
      ['p50', '5'],
      ['p95', '5'],
      ['p99', '5'],
      ['mean', '5'],
    ],
    fair: everyTool,
  },
  {
    letter: 'b',
    title: 'a freeze of 1 s in 10 s, 1,000/s',
    behaviour: 'freeze',
    offer: { ...offered, rate: 1_000, seconds: 10, connections: 50, rateMatters: true },
    figures: [
      ['p95', '500'],
      ['p99', '900'],
      ['requests', '10,000'],
    ],
    fair: openOnly,
  },
  {
    letter: 'c',
    title: '1 % at 400 ms, else 5 ms, 500/s',
    behaviour: 'bimodal',
    offer: offered,
    figures: [
      ['p50', '5'],
      ['mean', '9'],
      ['p99.9', '400'],
    ],
    fair: everyTool,
  },
  {
    letter: 'd',
    title: '400/s of capacity, as fast as it answers',
    behaviour: 'capacity',
    offer: { ...offered, seconds: 5, connections: 50, flatOut: true },
    figures: [['rate', '400']],
    fair: ({ open, ours }) => !(open && ours),
  },
  {
    letter: 'e',
    title: '3 % answered 503, 1,000/s',
    behaviour: 'errors',
    offer: counted,
    figures: [
      ['status errors', '3 %'],
      ['connection errors', '0'],
      ['other errors', '0'],
    ],
    fair: everyTool,
  },
  {
    letter: 'f',
    title: '2 % of the connections reset, 1,000/s',
    behaviour: 'resets',
    offer: counted,
    figures: [
      ['connection errors', '2 %'],
      ['status errors', '0'],
      ['other errors', '0'],
    ],
    fair: everyTool,
  },
  {
    letter: 'g',
    title: '2 % of the answers cut in the body, 1,000/s',
    behaviour: 'cuts',
    offer: counted,
    figures: [
      ['connection errors', '2 %'],
      ['status errors', '0'],
      ['other errors', '0'],
    ],
    fair: everyTool,
  },
  {
    letter: 'h',
    title: 'a slow start: 200 ms in the first of 5 s, then 5 ms, 250/s',
    behaviour: 'slow start',
    offer: { ...offered, rate: 250, seconds: 5, warmUp: 0, rateMatters: true },
    figures: [
      ['p50', '5'],
      ['p95', '200'],
      ['mean', '44'],
    ],
    fair: openOnly,
  },
];
