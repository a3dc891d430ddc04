import { main } from '../src/lab/cli/main.ts';
import { mnistStudentCommand } from '../src/lab/cli/mnist-student.ts';

await main(mnistStudentCommand());
