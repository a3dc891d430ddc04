import { main } from '../src/lab/core/cli/main.ts';
import { lmCommand } from '../src/lab/language/cli/lm.ts';

await main(lmCommand());
