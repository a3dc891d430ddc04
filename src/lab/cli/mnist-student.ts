// npm run mnist:student: a student distilled from a teacher's checkpoint.
import { Option } from 'commander';
import { loadTeacher } from '../experiments/mnist/checkpoint.ts';
import { namedByPreset, parseConfig, settings } from '../experiments/mnist/config.ts';
import { armOf, distilFrom, type Student } from '../experiments/mnist/experiment.ts';
import { addFlags, given } from './flags.ts';
import { perform, trainingCommand } from './session.ts';

// The rest comes with the teacher.
const names = [
  'hidden',
  'aux',
  'studentEpochs',
  'noiseImages',
  'noise',
  'batch',
  'learningRate',
  'beta1',
  'beta2',
  'epsilon',
  'seed',
];

export function mnistStudentCommand() {
  const command = trainingCommand(
    'mnist:student',
    "Distils a student from a teacher's checkpoint; settings that are not given are the teacher's.",
  )
    .requiredOption('--teacher <path>', "a teacher's checkpoint, or the run folder that holds it")
    .addOption(
      new Option('--init <start>', "where the student starts: the teacher's start, or another")
        .choices(['same', 'other'])
        .default('same'),
    )
    .addOption(
      new Option('--logits <which>', 'what it imitates: the auxiliary logits, or all')
        .choices(['aux', 'all'])
        .default('aux'),
    );
  addFlags(command, settings, names);
  return command.action(async () => {
    const student = command.opts<Student & { teacher: string }>();
    const arm = armOf(student);
    const teacher = loadTeacher(student.teacher, given(command, names));
    const config = namedByPreset(parseConfig({ ...teacher.config, arms: ['reference', 'teacher', arm] }));
    await perform(command, {
      name: `mnist-${arm}`,
      config,
      experiment: (settled, data) => distilFrom(settled, data, teacher, student),
    });
  });
}
