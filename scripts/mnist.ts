import { main } from '../src/lab/core/cli/main.ts';
import { mnistCommand } from '../src/lab/digits/cli/mnist.ts';

await main(mnistCommand());
