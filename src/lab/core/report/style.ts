// How the report looks: on a wide screen, on a phone and on paper. It needs no font and no file.

export const style = `
:root { --ink: #1f2328; --faint: #5c636b; --line: #d9dde1; --wash: #f5f6f7; --link: #0b5cad; }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { margin: 0 auto; max-width: 74rem; padding: 2.5rem 1.5rem 4rem; background: #fff; color: var(--ink);
  font: 1rem/1.55 Charter, 'Bitstream Charter', 'Sitka Text', Cambria, Georgia, serif; }
h1, h2, h3, h4, h5, th, td, caption, .note, dl, code, .state, .source, .small, nav ul
  { font-family: system-ui, -apple-system, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif; }
h1 { font-size: 2rem; line-height: 1.2; margin: 0 0 .75rem; letter-spacing: -.015em; }
h2 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 .25rem; letter-spacing: -.01em; }
h3 { font-size: 1.35rem; line-height: 1.25; margin: 0 0 .25rem; letter-spacing: -.01em; }
h4 { font-size: 1.1rem; margin: 2rem 0 .75rem; display: flex; flex-wrap: wrap; gap: .4rem .75rem; align-items: baseline; }
h5 { font-size: .8rem; margin: 0 0 .5rem; color: var(--faint); text-transform: uppercase; letter-spacing: .06em; }
p { margin: 0 0 .75rem; max-width: 46rem; }
a { color: var(--link); text-decoration-thickness: 1px; text-underline-offset: .15em; }
code { font: .85em/1.4 ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace;
  background: var(--wash); border-radius: 3px; padding: .1em .35em; overflow-wrap: anywhere; }
.source, .small, .note { color: var(--faint); font-size: .85rem; }
.note { margin: .35rem 0 0; line-height: 1.4; width: 0; min-width: 100%; max-width: none; overflow-wrap: anywhere; }
.state { display: inline-block; font-size: .72rem; font-weight: 600; line-height: 1.5; padding: 0 .55em; border-radius: 1em;
  white-space: nowrap; border: 1px solid; letter-spacing: 0; }
.current { color: #1a6b3c; background: #e9f6ee; }
.custom { color: #0b5cad; background: #eaf2fb; }
.stale, .broken { color: #9a3412; background: #fdf0e7; }
.missing, .unrun { color: #5c636b; background: #f5f6f7; }
.problems { border-left: 4px solid #c2410c; background: #fdf0e7; padding: .75rem 1rem; margin: 1rem 0; }
.problems p { margin: 0; max-width: none; overflow-wrap: anywhere; font: .85rem/1.45 system-ui, sans-serif; }
.problems p + p { margin-top: .4rem; }
nav { border-top: 2px solid var(--ink); border-bottom: 1px solid var(--line); padding: 1rem 0 1.25rem; margin: 1.75rem 0 0; }
nav h2 { font-size: 1.1rem; }
nav h3 { font-size: 1rem; margin: 1rem 0 0; }
nav ol { margin: .75rem 0 0; padding-left: 1.6rem; }
nav li { margin: 0 0 .55rem; }
nav ul { list-style: none; margin: .15rem 0 0; padding: 0; font-size: .85rem; line-height: 1.7; }
nav ul li { margin: 0; color: var(--faint); overflow-wrap: anywhere; }
.field { margin: 4rem 0 .75rem; }
.field + p + .experiment { margin-top: 1.5rem; }
.experiment { border-top: 2px solid var(--ink); margin-top: 3.5rem; padding-top: 1.25rem; }
figure { margin: 0; display: grid; grid-template-columns: minmax(0, 2.6fr) minmax(12rem, 1fr); gap: 1.5rem; align-items: start; }
.plot { overflow-x: auto; border: 1px solid var(--line); border-radius: 4px; }
.plot svg { display: block; width: 100%; min-width: 34rem; height: auto; }
figcaption { padding-top: .25rem; line-height: 1.5; }
figcaption p { margin: 0 0 .6rem; }
.tables { display: flex; flex-wrap: wrap; gap: 0 3rem; align-items: flex-start; }
.tabled { min-width: 0; max-width: 100%; margin-top: 1.75rem; }
.table { overflow-x: auto; }
table { border-collapse: collapse; font-size: .875rem; line-height: 1.35; }
caption { text-align: left; font-weight: 600; padding: 0 0 .4rem; }
th, td { padding: .28rem .9rem; text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
th:first-child { padding-left: 0; text-align: left; font-weight: 400; }
td:last-child, thead th:last-child { padding-right: .25rem; }
thead th { font-weight: 600; color: var(--faint); border-top: 1.5px solid var(--ink); border-bottom: 1px solid var(--ink); }
tbody tr + tr > * { border-top: 1px solid #eceef0; }
tbody tr:last-child > * { border-bottom: 1.5px solid var(--ink); }
.made { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1.6fr); gap: 1.5rem 2.5rem; margin-top: 2rem;
  background: var(--wash); border-radius: 4px; padding: 1rem 1.25rem; }
dl { margin: 0; font-size: .8rem; line-height: 1.45; }
dl div { display: flex; gap: .75rem; break-inside: avoid; padding: .1rem 0; }
dt { flex: 0 0 7.5rem; color: var(--faint); overflow-wrap: anywhere; }
dd { margin: 0; min-width: 0; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
.settings { columns: 2; column-gap: 2rem; }
.glossary th, .glossary td { text-align: left; white-space: normal; }
footer { border-top: 1px solid var(--line); margin-top: 4rem; padding-top: 1rem; }
@media screen and (max-width: 48rem) {
  body { padding: 1.25rem 1rem 3rem; }
  h1 { font-size: 1.6rem; }
  h2 { font-size: 1.4rem; }
  h3 { font-size: 1.2rem; }
  figure, .made { grid-template-columns: minmax(0, 1fr); gap: 1rem; }
  .settings { columns: 1; }
  th, td { padding-left: .5rem; padding-right: .5rem; }
}
@page { margin: 16mm 14mm; }
@media print {
  body { max-width: none; padding: 0; font-size: 10pt; }
  a { color: inherit; text-decoration: none; }
  .field, .experiment { break-before: page; margin-top: 0; }
  .field + p + .experiment { break-before: avoid; }
  figure, tr, .table, .made, .problems { break-inside: avoid; }
  .note { break-before: avoid; font-size: 8.5pt; }
  article + article { break-before: page; }
  h2, h3, h4, h5, caption, thead, article > p { break-after: avoid; }
  figure, .made { grid-template-columns: minmax(0, 1fr); gap: .5rem; }
  .settings { columns: 2; }
  dl { font-size: 8pt; line-height: 1.3; }
  .tables { display: block; }
  .plot, .table { overflow: visible; border: 0; }
  .plot svg { min-width: 0; max-height: 95mm; }
  table { font-size: 8.5pt; }
  .state, .made, code, .problems { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
}
`;
