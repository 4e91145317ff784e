import { measureDelivery } from '../../dist/analysis/window/delivery.js';
import { measureThroughput } from '../../dist/analysis/window/throughput.js';
import { arrivals } from '../../dist/load/arrivals.js';
import { autocannon } from '../../dist/load/autocannon.js';
import { record } from '../accuracy/ours.ts';
import type { Generated, GeneratorOrder } from './generated.ts';

// One load of ours in a process of its own, so that it can be bound to a core. Prints what it saw as one line of JSON.
const { url, rate, connections, seconds, warmUp } = JSON.parse(process.argv[2] ?? '') as GeneratorOrder;
const plan = { duration: seconds * 1_000, warmUp: warmUp * 1_000, request: () => ({ path: '/' }) };
const load = rate === undefined ? autocannon({ ...plan, connections }) : arrivals({ ...plan, rate });
const recording = await record(load, url);
const { due, sent, lag } = measureDelivery(recording);
const generated: Generated = { due, dropped: due - sent, rate: measureThroughput(recording).rps, lag };
console.log(JSON.stringify(generated));
