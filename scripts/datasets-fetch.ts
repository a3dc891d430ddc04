import { main } from '../src/lab/core/cli/main.ts';
import { datasetsFetchCommand } from '../src/lab/digits/cli/datasets-fetch.ts';

await main(datasetsFetchCommand());
