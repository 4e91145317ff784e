#!/usr/bin/env node
import { Command } from 'commander';
import { type ProxyOptions, proxy } from './commands/proxy.ts';
import { doctor } from './doctor/doctor.ts';

const program = new Command('breaking-point').description('When does this service break, and does it come back?');

program
  .command('doctor')
  .description(
    'show what this machine has and lacks to run breaking points; exit code 1 while something needed is missing',
  )
  .option(
    '--fix',
    'install what is missing: says what it will run, then runs it (apt); prints the command elsewhere',
    false,
  )
  .action(async ({ fix }: { fix: boolean }) => {
    process.exitCode = await doctor({ fix }, (text) => console.log(text));
  });

program
  .command('proxy')
  .description("run the fault proxy on its own: Toxiproxy's HTTP API, one log line per change, until SIGTERM or Ctrl-C")
  .option('--host <host>', 'where the API listens; anyone who reaches it can make proxies to anywhere', '127.0.0.1')
  .option('--port <port>', 'port of the API; 0 takes any free one', '8474')
  .option('--config <file>', 'proxies to begin with: a JSON array as for POST /populate')
  .option('--seed <n>', 'makes toxicity and jitter fall the same way again; the log says which seed was used')
  .action(async (options: ProxyOptions) => {
    process.exitCode = await proxy(options);
  });

await program.parseAsync();
