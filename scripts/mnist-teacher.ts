import { main } from '../src/lab/cli/main.ts';
import { mnistTeacherCommand } from '../src/lab/cli/mnist-teacher.ts';

await main(mnistTeacherCommand());
