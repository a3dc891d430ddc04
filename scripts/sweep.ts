import { main } from '../src/lab/core/cli/main.ts';
import { sweepCommand } from '../src/lab/core/cli/sweep.ts';
import { experiments } from '../src/lab/experiments.ts';

await main(sweepCommand(experiments));
