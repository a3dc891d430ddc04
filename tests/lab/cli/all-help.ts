// Run in a process of its own: the help of every command, one after the other.
import { datasetsFetchCommand } from '../../../src/lab/cli/datasets-fetch.ts';
import { figuresCommand } from '../../../src/lab/cli/figures.ts';
import { labCommand } from '../../../src/lab/cli/lab.ts';
import { main } from '../../../src/lab/cli/main.ts';
import { mnistCommand } from '../../../src/lab/cli/mnist.ts';
import { mnistStudentCommand } from '../../../src/lab/cli/mnist-student.ts';
import { mnistTeacherCommand } from '../../../src/lab/cli/mnist-teacher.ts';
import { reportCommand } from '../../../src/lab/cli/report.ts';

const commands = [
  ...[mnistCommand(), mnistTeacherCommand(), mnistStudentCommand(), labCommand()],
  ...[figuresCommand(), reportCommand(), datasetsFetchCommand()],
];
for (const command of commands) await main(command, ['--help']);
await main(reportCommand(), ['--markdown', '--figures', 'figures']);
await main(figuresCommand(), ['--nothing']); // one line on standard error
