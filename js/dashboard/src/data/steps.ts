/** The steps of a funnel as the reader edits them. */

export function parseSteps(text: string | undefined): string[] {
  return (text ?? '')
    .split(',')
    .map((step) => step.trim())
    .filter((step) => step !== '');
}

export function moved(steps: readonly string[], at: number, by: number): string[] {
  const target = at + by;
  const next = [...steps];
  const step = next[at];
  if (step === undefined || target < 0 || target >= next.length) return next;
  next.splice(at, 1);
  next.splice(target, 0, step);
  return next;
}

export function removed(steps: readonly string[], at: number): string[] {
  return steps.filter((_, index) => index !== at);
}
