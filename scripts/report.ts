import { main } from '../src/lab/core/cli/main.ts';
import { reportCommand } from '../src/lab/core/cli/report.ts';
import { experiments } from '../src/lab/experiments.ts';

await main(reportCommand(experiments));
