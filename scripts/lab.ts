import { labCommand } from '../src/lab/cli/lab.ts';
import { main } from '../src/lab/cli/main.ts';

await main(labCommand());
