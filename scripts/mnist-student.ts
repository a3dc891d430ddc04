import { main } from '../src/lab/core/cli/main.ts';
import { mnistStudentCommand } from '../src/lab/digits/cli/mnist-student.ts';

await main(mnistStudentCommand());
