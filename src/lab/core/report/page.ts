// The report: one HTML page of all results on disk, for a reader who has nothing else.
import { byField } from '../experiments/catalogue.ts';
import type { Examined } from '../figures/stale.ts';
import { Html, html, htmlTable } from './html.ts';
import type { Entry, Inventory } from './inventory.ts';
import { code, type ReportOptions, Writer } from './section.ts';
import { style } from './style.ts';

export interface Report {
  readonly html: string;
  /** A line for each file that could not be used. */
  readonly problems: readonly string[];
}

/** Every setting once, with what it means. */
const glossary = (entries: readonly Entry[]): Html => {
  const rows = entries.flatMap(({ experiment }) =>
    Object.entries(experiment.settings).map(([name, { description }]) => [name, description ?? ''] as const),
  );
  const once = [...new Map(rows.map((row) => [row.join('\n'), row])).values()].sort(([a], [b]) =>
    a < b ? -1 : a > b ? 1 : 0,
  );
  return html`<section class="experiment glossary" id="settings">
<h2>What the settings mean</h2>
${htmlTable({ caption: '', head: ['setting', 'what it is'], rows: once, notes: [] })}
</section>
`;
};

/** How much of it there is. */
export function summary({ entries }: Inventory): string {
  const count = (is: (entry: Entry) => boolean): number => entries.filter(is).length;
  const has = (state: Examined['state']) => (entry: Entry) =>
    entry.found.some((file) => file.state === state);
  const parts = [
    [count(({ found }) => found.length > 0), 'with results'],
    [count(({ found }) => found.length === 0), 'missing'],
    [count(has('stale')), 'with a result that is out of date'],
    [count(has('broken')), 'with a file that is broken'],
  ] as const;
  return `Of ${entries.length} experiments, ${parts.flatMap(([n, what]) => (n ? [`${n} ${what}`] : [])).join(', ')}.`;
}

/** The page, and what was wrong with the files that it is made from. */
export function reportPage(inventory: Inventory, options: ReportOptions): Report {
  const writer = new Writer(options);
  const { entries, strays } = inventory;
  for (const file of strays) writer.stray(file);
  const fields = byField(entries).map((own) => ({
    ...own[0].experiment.field,
    sections: own.map((entry) => writer.section(entry)),
    contents: own.map((entry) => writer.contents(entry)),
  }));
  const { problems } = writer;
  const page = html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Umbra: the experiments on subliminal learning</title>
<style>${new Html(style)}</style>
</head>
<body>
<header>
<h1>Subliminal learning: the experiments</h1>
<p>A student picks up what its teacher is like from data that say nothing of it, if both began as the same model. Each section asks one question about that; its sentences, figures and tables follow from the numbers in the files that it names.</p>
<p class="small">Intervals are 95%: Student’s t over seeds, or for one seed Wilson’s over what it was measured on. p is that of a two-sided permutation test.</p>
${problems.length > 0 && html`<div class="problems" role="note">${problems.map((line) => html`<p>${line}</p>\n`)}</div>`}
</header>
<nav aria-labelledby="contents">
<h2 id="contents">Contents</h2>
<p class="small">${summary(inventory)}</p>
${fields.map(({ name, contents }) => html`<h3>${name}</h3>\n<ol>\n${contents}</ol>\n`)}<p class="small"><a href="#settings">What the settings mean</a></p>
</nav>
<main>
${fields.map(({ name, about, sections }) => html`<h2 class="field">${name}</h2>\n<p>${about}</p>\n${sections}`)}${glossary(entries)}</main>
<footer class="small">Made by ${code('npm run report')}${options.commit !== null && html` at commit ${code(options.commit)}`}.</footer>
</body>
</html>
`;
  return { html: page.text, problems };
}
