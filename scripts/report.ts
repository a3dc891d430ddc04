import { main } from '../src/lab/cli/main.ts';
import { reportCommand } from '../src/lab/cli/report.ts';

await main(reportCommand());
