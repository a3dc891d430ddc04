import { main } from '../src/lab/cli/main.ts';
import { mnistCommand } from '../src/lab/cli/mnist.ts';

await main(mnistCommand());
