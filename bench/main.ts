import { Command } from 'commander';
import { proxyBenchmark } from './proxy.ts';
import { stackBenchmark } from './stack.ts';

// npm run bench -- <name>: measurements against other tools and against our own aims. Run by hand, on a quiet machine.
const program = new Command('npm run bench --').description(
  'Measures this package; tables go to stdout, progress to stderr.',
);
for (const command of [proxyBenchmark(), stackBenchmark()]) program.addCommand(command.showHelpAfterError());
await program.showHelpAfterError().parseAsync();
