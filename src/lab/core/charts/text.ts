// The font of the figures, how wide text is in it, and how text is broken and shrunk to fit.
import { createRequire } from 'node:module';
import { createCanvas, GlobalFonts } from '@napi-rs/canvas';

/** The one font of the figures, under a name that no installed font has. */
export const fontFamily = 'Umbra DejaVu Sans';

const { resolve } = createRequire(import.meta.url);
for (const style of ['', '-Bold'])
  if (!GlobalFonts.registerFromPath(resolve(`dejavu-fonts-ttf/ttf/DejaVuSans${style}.ttf`), fontFamily))
    throw new Error(`the font DejaVuSans${style}.ttf cannot be read; run npm install again`);

/** Text, or its lines where they are given. */
export type Text = string | readonly string[];

export type Weight = 'normal' | 'bold';

export const fontOf = (size: number, weight: Weight = 'normal'): string =>
  `${weight} ${size}px "${fontFamily}"`;

const ruler = createCanvas(1, 1).getContext('2d');
ruler.lang = 'en'; // the machine's language may shape letters otherwise

/** The width of one line, in pixels. */
export function widthOf(line: string, size: number, weight: Weight = 'normal'): number {
  ruler.font = fontOf(size, weight);
  return ruler.measureText(line).width;
}

export const widest = (lines: readonly string[], size: number, weight: Weight = 'normal'): number =>
  Math.max(0, ...lines.map((line) => widthOf(line, size, weight)));

interface Broken {
  readonly lines: readonly string[];
  /** Whether a word alone was too wide. */
  readonly torn: boolean;
}

type Fits = (line: string) => boolean;

/** Breaks `text` at spaces and behind hyphens before letters, and a word only if it alone is too wide. */
function broken(text: string, fits: Fits): Broken {
  const lines: string[] = [];
  let torn = false;
  let line = '';
  const add = (piece: string): void => {
    if (fits((line + piece).trimEnd())) line += piece;
    else if (line !== '') {
      lines.push(line.trimEnd());
      line = '';
      add(piece);
    } else if ([...piece.trimEnd()].length === 1) line = piece;
    else {
      torn = true;
      for (const letter of piece) add(letter);
    }
  };
  for (const piece of text.split(/(?<=\s|-(?=\p{L}))/u)) add(piece);
  return { lines: [...lines, line.trimEnd()], torn };
}

function breakAll(text: Text, fits: Fits): Broken {
  const parts = [text].flat().map((part) => broken(part, fits));
  return { lines: parts.flatMap(({ lines }) => lines), torn: parts.some(({ torn }) => torn) };
}

export interface Fitted {
  readonly lines: string[];
  readonly size: number;
}

interface Room {
  readonly width: number;
  /** From the best to the least; the least is taken if none fits. */
  readonly sizes: readonly number[];
  readonly weight?: Weight;
  /** How many lines a text may take before it is made smaller. */
  readonly lines: number;
}

/** `texts`, all in the largest size in which each has room: broken into lines, never cut. */
function fitTexts(texts: readonly Text[], { width, sizes, weight, lines }: Room): Fitted[] {
  const attempts = sizes.map((size) => ({
    size,
    parts: texts.map((text) => breakAll(text, (line) => widthOf(line, size, weight) <= width)),
  }));
  const fitting = attempts.find(({ parts }) =>
    parts.every((part) => !part.torn && part.lines.length <= lines),
  );
  const { size, parts } = fitting ?? attempts[attempts.length - 1];
  return parts.map((part) => ({ lines: [...part.lines], size }));
}

export const fitText = (text: Text, room: Room): Fitted => fitTexts([text], room)[0];

/** As {@link fitText}, with lines about equally long, so that no word is left over alone. */
export function fitEvenly(text: string, room: Room): Fitted {
  const { size, lines } = fitText(text, room);
  const at = (width: number): Broken => breakAll(text, (line) => widthOf(line, size, room.weight) <= width);
  const { torn } = at(room.width);
  let [narrow, wide] = [0, room.width];
  while (wide - narrow > 1) {
    const width = (narrow + wide) / 2;
    const tried = at(width);
    if (tried.lines.length > lines.length || (tried.torn && !torn)) narrow = width;
    else wide = width;
  }
  return { lines: [...at(wide).lines], size };
}

/** As {@link fitEvenly}, for labels that stand beside each other: all in one size. */
export function fitLabels(labels: readonly Text[], room: Room): Fitted[] {
  return fitTexts(labels, room).map((fitted, i) => {
    const label = labels[i];
    return typeof label === 'string' ? fitEvenly(label, { ...room, sizes: [fitted.size] }) : fitted;
  });
}
