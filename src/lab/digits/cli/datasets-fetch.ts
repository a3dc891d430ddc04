// npm run datasets:fetch: the files of a set, checked.

import { Option } from 'commander';
import { commandNamed, projectOption } from '../../core/cli/command.ts';
import { interruptible } from '../../core/cli/interrupt.ts';
import { shortPath } from '../../core/cli/paths.ts';
import { ConfigError } from '../../core/experiments/config.ts';
import { fetchSet } from '../data/fetch.ts';
import { folderOf } from '../data/originals.ts';
import { type OriginalName, originalNames } from '../data/sets.ts';

export function datasetsFetchCommand() {
  const command = commandNamed(
    'datasets:fetch',
    'Fetches a set of images, such as the 60,000 + 10,000 digits of MNIST, and checks it.',
  )
    .addOption(
      new Option('--data <name>', "the set: 'full' is MNIST's").choices(originalNames).default('full'),
    )
    .addOption(projectOption('--datasets <folder>', 'where all sets go', 'datasets'))
    .option('--source <url>', 'a folder on the web that holds the four files, instead of the usual mirrors');
  return command.action(async () => {
    const { data, datasets, source, quiet, json } = command.opts<{
      data: OriginalName;
      datasets: string;
      source?: string;
      quiet?: boolean;
      json?: boolean;
    }>();
    if (source !== undefined && !URL.canParse(source))
      throw new ConfigError(`--source ${source || "''"}: must be a URL, as in https://example.org/mnist/`);
    const terminal = process.stderr.isTTY && !quiet;
    const fetched = await interruptible((signal) =>
      fetchSet(data, {
        directory: datasets,
        sources: source === undefined ? undefined : [source],
        signal,
        onProgress: ({ file, received, total }) => {
          const share = total ? ` of ${(total / 1e6).toFixed(1)}` : '';
          if (terminal) process.stderr.write(`\r${file}: ${(received / 1e6).toFixed(1)}${share} MB `);
        },
      }),
    );
    if (terminal) process.stderr.write('\r\u001b[K');
    const folder = folderOf(data, datasets);
    if (json) process.stdout.write(`${JSON.stringify({ directory: folder, files: fetched }, null, 2)}\n`);
    else if (!quiet)
      for (const { file, status } of fetched)
        process.stdout.write(
          `${shortPath(folder)}/${file}: ${status === 'fetched' ? 'fetched and checked' : 'already there'}\n`,
        );
  });
}
