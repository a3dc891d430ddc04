import { labCommand } from '../src/lab/core/cli/lab.ts';
import { main } from '../src/lab/core/cli/main.ts';
import { experiments } from '../src/lab/experiments.ts';

await main(labCommand(experiments));
