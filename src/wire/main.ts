import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import type { Listening, Order, Report } from './orders.ts';
import { WireRules } from './rules.ts';
import { startWireServer } from './server.ts';

// The statement relay as a process of its own. It takes orders as lines of JSON on stdin and answers on stdout, its
// port first.
const { values } = parseArgs({
  options: {
    upstream: { type: 'string' },
    protocol: { type: 'string' },
    'own-name': { type: 'string' },
    outlive: { type: 'boolean', default: false },
  },
});
const rules = new WireRules(values['own-name']);
const server = await startWireServer(
  Number(values.upstream),
  rules,
  values.protocol === 'redis' ? 'redis' : 'postgres',
);
tell({ listening: server.port });

process.once('SIGTERM', end);
// A terminal's Ctrl-C reaches the starter of this process, which ends it in order.
process.on('SIGINT', () => undefined);
// The reader of the answers may be gone.
process.stdout.on('error', () => undefined);
const orders = createInterface({ input: process.stdin });
orders.on('line', (line) => tell(obey(JSON.parse(line) as Order)));
orders.once('close', () => {
  // The sender of the orders is gone, and its rules end with it.
  rules.clear();
  if (!values.outlive) end();
});

function end(): void {
  void server.close().then(() => process.exit(0));
}

function obey(order: Order): Report {
  const { id } = order;
  try {
    if ('add' in order) rules.add(order.rule, order.add);
    else if ('remove' in order) rules.remove(order.remove);
    else return { id, matched: rules.matched(order.count) };
    return { id };
  } catch (error) {
    return { id, error: error instanceof Error ? error.message : String(error) };
  }
}

function tell(report: Listening | Report): void {
  process.stdout.write(`${JSON.stringify(report)}\n`);
}
