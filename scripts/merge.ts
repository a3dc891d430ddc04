import { main } from '../src/lab/core/cli/main.ts';
import { mergeCommand } from '../src/lab/core/cli/merge.ts';
import { experiments } from '../src/lab/experiments.ts';

await main(mergeCommand(experiments));
