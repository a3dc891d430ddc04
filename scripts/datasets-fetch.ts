import { datasetsFetchCommand } from '../src/lab/cli/datasets-fetch.ts';
import { main } from '../src/lab/cli/main.ts';

await main(datasetsFetchCommand());
