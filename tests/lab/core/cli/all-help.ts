// Run in a process of its own: the help of every command, one after the other.

import { figuresCommand } from '../../../../src/lab/core/cli/figures.ts';
import { labCommand } from '../../../../src/lab/core/cli/lab.ts';
import { main } from '../../../../src/lab/core/cli/main.ts';
import { reportCommand } from '../../../../src/lab/core/cli/report.ts';
import { datasetsFetchCommand } from '../../../../src/lab/digits/cli/datasets-fetch.ts';
import { mnistCommand } from '../../../../src/lab/digits/cli/mnist.ts';
import { mnistStudentCommand } from '../../../../src/lab/digits/cli/mnist-student.ts';
import { mnistTeacherCommand } from '../../../../src/lab/digits/cli/mnist-teacher.ts';
import { experiments } from '../../../../src/lab/experiments.ts';

const commands = [
  ...[mnistCommand(), mnistTeacherCommand(), mnistStudentCommand(), labCommand(experiments)],
  ...[figuresCommand(experiments), reportCommand(experiments), datasetsFetchCommand()],
];
for (const command of commands) await main(command, ['--help']);
await main(reportCommand(experiments), ['--markdown', '--figures', 'figures']);
await main(figuresCommand(experiments), ['--nothing']); // one line on standard error
