import { Command } from 'commander';
import { accuracyBenchmark } from './accuracy.ts';
import { falseAlarmsBenchmark } from './false-alarms.ts';
import { loadBenchmark } from './load.ts';
import { proxyBenchmark } from './proxy.ts';
import { raceBenchmark } from './race.ts';
import { recordingBenchmark } from './recording.ts';
import { recoveryBenchmark } from './recovery.ts';
import { stackBenchmark } from './stack.ts';

// npm run bench -- <name>: measurements against other tools and against our own aims. Run by hand, on a quiet machine.
const program = new Command('npm run bench --').description(
  'Measures this package; tables go to stdout, progress to stderr.',
);
for (const command of [
  accuracyBenchmark(),
  falseAlarmsBenchmark(),
  loadBenchmark(),
  proxyBenchmark(),
  raceBenchmark(),
  recordingBenchmark(),
  recoveryBenchmark(),
  stackBenchmark(),
])
  program.addCommand(command.showHelpAfterError());
await program.showHelpAfterError().parseAsync();
