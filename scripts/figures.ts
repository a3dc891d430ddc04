import { figuresCommand } from '../src/lab/cli/figures.ts';
import { main } from '../src/lab/cli/main.ts';

await main(figuresCommand());
