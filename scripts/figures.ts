import { figuresCommand } from '../src/lab/core/cli/figures.ts';
import { main } from '../src/lab/core/cli/main.ts';
import { experiments } from '../src/lab/experiments.ts';

await main(figuresCommand(experiments));
