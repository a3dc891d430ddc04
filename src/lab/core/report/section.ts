// An experiment's part of the report: a line in its contents, and a section with all its results.
import type { Catalogue } from '../experiments/catalogue.ts';
import { missingSeeds } from '../experiments/cells.ts';
import { type Experiment, resultFor } from '../experiments/experiment.ts';
import { figureOf } from '../figures/index.ts';
import { commandFor, type Examined } from '../figures/stale.ts';
import {
  allCountedOn,
  commitsOf,
  enginesOf,
  machinesOf,
  outputsOf,
  versionsOf,
  wallSecondsOf,
} from '../runs/header.ts';
import type { Json, Result } from '../runs/result.ts';
import { compare, comparisonTable } from './comparison.ts';
import { type Content, type Html, html, htmlTable, inlineSvg } from './html.ts';
import type { Entry } from './inventory.ts';
import { differenceTable, valueTable } from './tables.ts';
import { listed, seconds, sentence } from './words.ts';

export interface ReportOptions {
  readonly catalogue: Catalogue;
  /** Where the results lie, and the peers' among them. */
  readonly directory: string;
  /** What a run of a preset costs, in words. */
  costOf(experiment: Experiment, preset: string): string;
  /** The commit that the page is made at. */
  readonly commit: string | null;
}

const states = {
  current: 'up to date',
  custom: 'custom settings',
  stale: 'out of date',
  broken: 'broken',
  missing: 'missing',
  unrun: 'not run',
} as const;

const badge = (state: keyof typeof states): Html =>
  html`<span class="state ${state}">${states[state]}</span>`;

export const code = (text: string): Html => html`<code>${text}</code>`;

/** What a list of names and values shows. */
const pairs = (entries: readonly (readonly [string, Content])[]): Content =>
  entries.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>\n`);

const shown = (value: Json): string =>
  Array.isArray(value)
    ? value.map(shown).join(', ')
    : typeof value === 'string'
      ? value
      : JSON.stringify(value);

/** What is to be known of the state of a file beside its name. */
function remark(found: Examined): string {
  switch (found.state) {
    case 'current':
      return found.departs && `with ${found.departs}`;
    case 'custom':
      return "its settings are no preset's";
    case 'stale':
      return `${found.preset in (found.experiment?.presets ?? {}) ? 'it has ' : ''}${found.why}`;
    case 'broken':
      return found.why;
  }
}

/** Where everything in `result` came from. */
const provenance = (result: Result) => {
  const { seeds, parts, configHash } = result;
  const missing = missingSeeds(result);
  const counted = allCountedOn(result);
  return pairs([
    [seeds.length === 1 ? 'seed' : `${seeds.length} seeds`, listed(seeds)],
    ...(missing.length ? [['missing seeds', listed(missing)] as const] : []),
    ...(counted.length ? [['measured on', counted.join('; ')] as const] : []),
    ['engine', enginesOf(result).join(', ')],
    ['machine', machinesOf(result).join('; ')],
    ['wall time', `${seconds(wallSecondsOf(result))}${parts.length > 1 ? `, in ${parts.length} parts` : ''}`],
    ...(['made', 'taken'] as const).flatMap((how) => {
      const outputs = outputsOf(result, how);
      return outputs ? [[`outputs ${how}`, outputs] as const] : [];
    }),
    ['versions', versionsOf(result).join('; ')],
    [
      'commit',
      commitsOf(result).map((commit, i) => [i > 0 && ', ', commit === null ? 'unknown' : code(commit)]),
    ],
    ['config hash', code(configHash)],
  ]);
};

/** Writes the parts of one report: it numbers the figures and keeps what went wrong. */
export class Writer {
  readonly problems: string[] = [];
  #figures = 0;

  constructor(private readonly options: ReportOptions) {}

  /** The command that makes a result, and what it costs. */
  #run(experiment: Experiment, preset: string, command = commandFor(experiment.name, preset)): Html {
    return html`${code(command)}, ${this.options.costOf(experiment, preset)}`;
  }

  #again({ experiment, preset, command }: Examined): Content {
    return experiment && command ? html`; anew: ${this.#run(experiment, preset, command)}` : undefined;
  }

  /** An experiment in the list of contents: its results, and what there is none of. */
  contents({ experiment, found, missing }: Entry): Html {
    const files = found.map((file, i) => {
      const anew = file.state === 'stale' || file.state === 'broken' ? this.#again(file) : undefined;
      const told = remark(file);
      return html`<li><a href="#${experiment.name}-${i + 1}">${file.preset || file.path}</a> ${badge(file.state)}${told && html` ${told}`}${anew}</li>\n`;
    });
    const others = missing.map(
      (preset) =>
        html`<li>${preset} ${badge(found.length ? 'unrun' : 'missing')} ${this.#run(experiment, preset)}</li>\n`,
    );
    return html`<li><a href="#${experiment.name}">${experiment.question}</a>
<ul>
${files}${others}</ul></li>
`;
  }

  /** What a readable result shows. Throws what the experiment throws over numbers that it cannot use. */
  #shown(result: Result, experiment: Experiment, path: string): Html {
    const { catalogue, directory } = this.options;
    const finding = sentence(experiment.finding(resultFor(experiment, result)));
    const { svg } = figureOf(catalogue, result, path);
    const comparison = compare(catalogue, result, directory);
    if (comparison?.problem?.state === 'broken') this.problems.push(comparison.problem.why);
    const tables = [
      valueTable(result, experiment),
      differenceTable(result, experiment),
      comparison && comparisonTable(comparison),
    ];
    const number = ++this.#figures;
    return html`<figure>
<div class="plot">${inlineSvg(svg, `figure-${number}-`, `${experiment.question} ${finding}`)}</div>
<figcaption>
<p><strong>Figure ${number}.</strong> ${finding}</p>
<p class="small">Drawn from ${code(path)}.</p>
</figcaption>
</figure>
<div class="tables">
${tables.map((table) => table && htmlTable(table))}</div>
<div class="made">
<div><h5>How it was made</h5><dl>
${provenance(result)}</dl></div>
<div><h5>Settings</h5><dl class="settings">
${pairs(Object.entries(result.config).map(([name, value]) => [name, shown(value)]))}</dl></div>
</div>`;
  }

  #result(file: Examined, experiment: Experiment): Html {
    if (file.state === 'broken') {
      this.problems.push(file.why);
      return html`<div class="problems"><p>${file.why}${this.#again(file)}</p></div>`;
    }
    try {
      return this.#shown(file.result, experiment, file.path);
    } catch (error) {
      const why = `${file.path}: it cannot be shown (${error instanceof Error ? error.message : String(error)})`;
      this.problems.push(why);
      return html`<div class="problems"><p>${why}${this.#again(file)}</p></div>`;
    }
  }

  section({ experiment, found, missing }: Entry): Html {
    return html`<section class="experiment" id="${experiment.name}">
<h3>${experiment.question}</h3>
<p class="source">${code(experiment.name)} Asked in: ${experiment.source}</p>
${found.map((file, i) => {
  const told = file.state === 'broken' ? '' : remark(file);
  return html`<article id="${experiment.name}-${i + 1}">
<h4>Preset ${file.preset || 'unknown'} ${badge(file.state)}</h4>
${told && html`<p class="small">${sentence(told[0].toUpperCase() + told.slice(1))}</p>`}
${this.#result(file, experiment)}
</article>
`;
})}
${found.length === 0 && missing.map((preset) => html`<p>${badge('missing')} ${this.#run(experiment, preset)}</p>\n`)}
</section>
`;
  }

  stray(file: Examined): void {
    this.problems.push(file.state === 'broken' ? file.why : `${file.path}: ${remark(file)}`);
  }
}
