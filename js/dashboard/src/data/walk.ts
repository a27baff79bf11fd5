/** Walking over the fields of a grid with the arrow keys. */

export interface Place {
  readonly line: number;
  readonly column: number;
}

const STEPS: Readonly<Record<string, Place>> = {
  ArrowUp: { line: -1, column: 0 },
  ArrowDown: { line: 1, column: 0 },
  ArrowLeft: { line: 0, column: -1 },
  ArrowRight: { line: 0, column: 1 },
};

/**
 * The next place in the direction of an arrow key that has a field; `undefined` at the edge of the grid, and for any
 * other key.
 */
export function walk(key: string, from: Place, has: (place: Place) => boolean, size: Place): Place | undefined {
  const step = STEPS[key];
  if (step === undefined) return undefined;
  let { line, column } = from;
  do {
    line += step.line;
    column += step.column;
    if (line < 0 || column < 0 || line >= size.line || column >= size.column) return undefined;
  } while (!has({ line, column }));
  return { line, column };
}
