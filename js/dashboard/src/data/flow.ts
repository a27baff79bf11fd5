/**
 * The path graph as a Sankey diagram can draw it: without cycles.
 *
 * Customers go back and forth, so the graph of what follows what is full of cycles. Transitions are taken from the most
 * to the least frequent, and one that would lead back to where the flow came from is folded into a count of returns at
 * the node it leads to. Nothing is lost: the returns are named in the caption, and the table lists every transition.
 */

export interface Transition {
  readonly from: string;
  readonly to: string;
  readonly transitions: number;
}

export interface Flow<T extends Transition> {
  /** Names of the nodes that are drawn. */
  readonly nodes: readonly string[];
  readonly links: readonly T[];
  /** Transitions that lead back, most frequent first; a step repeated at once leads back too. */
  readonly returns: readonly T[];
  /** Transitions beyond the number asked for. */
  readonly leftOut: readonly T[];
}

export const START = '(start)';
export const END = '(end)';

/** The `limit` most frequent transitions that lead onward, and the returns that are as frequent. */
export function foldCycles<T extends Transition>(transitions: readonly T[], limit: number): Flow<T> {
  const ordered = transitions
    .filter((transition) => transition.transitions > 0)
    .sort((a, b) => b.transitions - a.transitions || compareNames(a, b));
  const onward = new Map<string, string[]>();
  const links: T[] = [];
  const returns: T[] = [];
  let leftOut: T[] = [];
  const leadsBack = (transition: T): boolean => reaches(onward, transition.to, transition.from);
  const draw = (transition: T): void => {
    links.push(transition);
    onward.set(transition.from, [...(onward.get(transition.from) ?? []), transition.to]);
  };
  for (const transition of ordered) {
    if (links.length >= limit) leftOut.push(transition);
    else if (leadsBack(transition)) returns.push(transition);
    else draw(transition);
  }
  const nodes = [...new Set(links.flatMap((link) => [link.from, link.to]))];
  // A node without a way to it would look like a place where visits start: it gets its most frequent one.
  for (const node of nodes) {
    if (node === START || links.some(({ to }) => to === node)) continue;
    const way = leftOut.find(
      (transition) => transition.to === node && nodes.includes(transition.from) && !leadsBack(transition),
    );
    if (way === undefined) continue;
    draw(way);
    leftOut = leftOut.filter((transition) => transition !== way);
  }
  return { nodes, links, returns, leftOut };
}

export function total(transitions: readonly Transition[]): number {
  return transitions.reduce((sum, transition) => sum + transition.transitions, 0);
}

function reaches(onward: ReadonlyMap<string, readonly string[]>, from: string, to: string): boolean {
  const seen = new Set<string>();
  const open = [from];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node === to) return true;
    if (seen.has(node)) continue;
    seen.add(node);
    open.push(...(onward.get(node) ?? []));
  }
  return false;
}

/** Ties are broken by name, so that the same report always draws the same picture. */
function compareNames(a: Transition, b: Transition): number {
  return a.from < b.from ? -1 : a.from > b.from ? 1 : a.to < b.to ? -1 : a.to > b.to ? 1 : 0;
}
