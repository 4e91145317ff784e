#!/usr/bin/env node
import { Command } from 'commander';
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

await program.parseAsync();
