/** A chart as a file, with a heading in the picture that says what it shows and of which days. */

import type { Drawn } from './chart.tsx';
import { tokens, type Tokens } from './theme.ts';

export type PictureKind = 'svg' | 'png';

export interface PictureHeading {
  readonly title: string;
  /** The smaller line under it: site, days and traffic. */
  readonly detail: string;
}

/** Room around the picture, and the lines of its heading by their baselines, in CSS pixels. */
const MARGIN = 20;
const TITLE_LINE = 36;
const DETAIL_LINE = 58;
const HEADING_HEIGHT = 76;
const TITLE_SIZE = 17;
const DETAIL_SIZE = 13;

/** Pixels of a PNG for each CSS pixel, so that it stays sharp on paper and on dense screens. */
const PNG_SCALE = 2;

/**
 * The picture in the colours of the page.
 *
 * # Errors
 *
 * Rejects where the SVG renderer cannot be loaded, or the browser cannot make an image of that size.
 */
export async function picture(kind: PictureKind, drawn: Drawn, heading: PictureHeading): Promise<Blob> {
  return kind === 'svg' ? svg(drawn, heading, tokens()) : png(drawn, heading, tokens());
}

async function svg({ option, width, height }: Drawn, heading: PictureHeading, colours: Tokens): Promise<Blob> {
  const { toSvg } = await import('../charts/svg.ts');
  const [fullWidth, fullHeight] = sizeOf(width, height);
  const root = element('svg', { width: fullWidth, height: fullHeight, viewBox: `0 0 ${fullWidth} ${fullHeight}` });
  root.append(
    element('rect', { width: fullWidth, height: fullHeight, fill: colours.surface }),
    line(heading.title, { y: TITLE_LINE, fill: colours.ink, 'font-size': TITLE_SIZE, 'font-weight': 600 }, colours),
    line(heading.detail, { y: DETAIL_LINE, fill: colours.muted, 'font-size': DETAIL_SIZE }, colours),
  );
  // The chart is text already, with its labels escaped by the chart library: it goes in as it is, moved to its place.
  const chart = toSvg(option, width, height).replace('<svg ', `<svg x="${MARGIN}" y="${HEADING_HEIGHT}" `);
  const frame = new XMLSerializer().serializeToString(root);
  return new Blob([frame.replace(/<\/svg>$/, () => `${chart}</svg>`)], { type: 'image/svg+xml' });
}

async function png({ chart, width, height }: Drawn, heading: PictureHeading, colours: Tokens): Promise<Blob> {
  const [fullWidth, fullHeight] = sizeOf(width, height);
  const canvas = document.createElement('canvas');
  canvas.width = fullWidth * PNG_SCALE;
  canvas.height = fullHeight * PNG_SCALE;
  const pen = canvas.getContext('2d');
  if (pen === null) throw new Error('this browser draws no pictures');
  pen.scale(PNG_SCALE, PNG_SCALE);
  pen.fillStyle = colours.surface;
  pen.fillRect(0, 0, fullWidth, fullHeight);
  const write = (words: string, y: number, style: string, colour: string): void => {
    pen.font = `${style} ${colours.font}`;
    pen.fillStyle = colour;
    pen.fillText(words, MARGIN, y);
  };
  write(heading.title, TITLE_LINE, `600 ${TITLE_SIZE}px`, colours.ink);
  write(heading.detail, DETAIL_LINE, `${DETAIL_SIZE}px`, colours.muted);
  const drawing = chart.renderToCanvas({ pixelRatio: PNG_SCALE, backgroundColor: colours.surface });
  pen.drawImage(drawing, MARGIN, HEADING_HEIGHT, width, height);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob === null ? reject(new Error('the picture is too large')) : resolve(blob)));
  });
}

function sizeOf(width: number, height: number): readonly [width: number, height: number] {
  return [width + 2 * MARGIN, height + HEADING_HEIGHT + MARGIN];
}

function line(words: string, attributes: Attributes, colours: Tokens): Element {
  const drawn = element('text', { x: MARGIN, 'font-family': colours.font, ...attributes });
  drawn.textContent = words;
  return drawn;
}

type Attributes = Readonly<Record<string, string | number>>;

function element(tag: string, attributes: Attributes): Element {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  return made;
}
