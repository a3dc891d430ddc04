import { main } from '../src/lab/core/cli/main.ts';
import { mnistTeacherCommand } from '../src/lab/digits/cli/mnist-teacher.ts';

await main(mnistTeacherCommand());
