// npm run mnist:student: a student distilled from a teacher's checkpoint.
import { Option } from 'commander';
import { pathOption } from '../../core/cli/command.ts';
import { addFlags, given } from '../../core/cli/flags.ts';
import { perform, trainingCommand } from '../../core/cli/session.ts';
import { namedByPreset, parseConfig } from '../../core/experiments/config.ts';
import { armOf, type Student } from '../distillation/students.ts';
import { distilFrom, type MnistConfig, mnist } from '../experiments/mnist.ts';
import { loadTeacher, saveModel } from '../experiments/mnist-models.ts';
import type { Data } from '../field.ts';

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
    mnist,
  )
    .addOption(
      pathOption(
        '--teacher <path>',
        "a teacher's checkpoint, or the run folder that holds it",
      ).makeOptionMandatory(),
    )
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
  addFlags(command, mnist.settings, names);
  return command.action(async () => {
    const student = command.opts<Student & { teacher: string }>();
    const arms = ['reference', 'teacher', armOf(student)];
    const asked = given(command, names);
    const teacher = loadTeacher(student.teacher, asked);
    await perform(command, {
      name: `mnist-${armOf(student)}`,
      experiment: mnist,
      config: namedByPreset(mnist, parseConfig(mnist, { ...teacher.config, arms })),
      given: { ...asked, arms },
      inputs: { teacher: teacher.sha256 },
      events: (config: MnistConfig, data: Data) => distilFrom(config, data, teacher, student),
      saveModel,
    });
  });
}
