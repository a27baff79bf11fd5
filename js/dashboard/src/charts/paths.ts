/** The most frequent transitions as a Sankey diagram. */

import { END, START, type Flow, type Transition } from '../data/flow.ts';
import { count, duration, nodeName, percent } from '../data/format.ts';
import type { Tokens } from '../ui/theme.ts';
import { plain, tip, tooltip, type ChartOption } from './style.tsx';

export interface PathLink extends Transition {
  readonly sessions: number | undefined;
  readonly share: number | undefined;
  readonly medianGapMs: number | undefined;
}

export function pathsHeight(flow: Flow<PathLink>): number {
  return Math.min(720, Math.max(400, 56 * Math.max(...columnsOf(flow).values())));
}

export function pathsOption(flow: Flow<PathLink>, colours: Tokens, width: number): ChartOption {
  const columns = Math.max(2, columnsOf(flow).size);
  const gap = (width - END_ROOM) / (columns - 1);
  const labelWidth = Math.min(END_ROOM - NODE_WIDTH - 8, Math.max(52, gap - NODE_WIDTH - 8));
  const returnsTo = new Map<string, number>();
  for (const back of flow.returns) returnsTo.set(back.to, (returnsTo.get(back.to) ?? 0) + back.transitions);
  const byEnds = new Map(flow.links.map((link) => [ends(link.from, link.to), link]));
  return {
    tooltip: {
      ...tooltip(colours),
      trigger: 'item',
      formatter: (point: unknown) => {
        const { dataType, name, data } = point as {
          dataType?: string;
          name?: string;
          data?: { source?: string; target?: string };
        };
        if (dataType === 'edge') return linkTip(byEnds.get(ends(data?.source ?? '', data?.target ?? '')));
        return nodeTip(name ?? '', flow, returnsTo.get(name ?? '') ?? 0);
      },
    },
    series: [
      {
        type: 'sankey',
        left: 2,
        right: END_ROOM - NODE_WIDTH,
        top: 6,
        bottom: 6,
        nodeWidth: NODE_WIDTH,
        nodeGap: 16,
        draggable: false,
        layoutIterations: 48,
        emphasis: { focus: 'adjacency', lineStyle: { opacity: 0.55 } },
        label: {
          fontFamily: colours.font,
          fontSize: 12.5,
          lineHeight: 14,
          color: colours.ink,
          // A rim in the card's colour keeps names readable on top of the flows.
          textBorderColor: colours.surface,
          textBorderWidth: 2,
          width: labelWidth,
          overflow: 'break',
          formatter: (point) => plain(nodeName(point.name), 32),
        },
        data: flow.nodes.map((name) => ({ name, itemStyle: { color: nodeColour(name, colours), borderWidth: 0 } })),
        links: flow.links.map((link) => ({
          source: link.from,
          target: link.to,
          value: link.transitions,
          lineStyle: {
            color: link.to === END ? colours.friction : colours.accent,
            opacity: link.to === END ? 0.16 : 0.28,
            curveness: 0.5,
          },
        })),
      },
    ],
  };
}

function nodeColour(name: string, colours: Tokens): string {
  if (name === START) return colours.muted;
  return name === END ? colours.friction : colours.accent;
}

function linkTip(link: PathLink | undefined): HTMLElement | string {
  if (link === undefined) return '';
  const facts: [string, string][] = [['Times', count(link.transitions)]];
  if (link.sessions !== undefined) facts.push(['Sessions', count(link.sessions)]);
  if (link.share !== undefined) facts.push(['Of what follows', percent(link.share)]);
  if (link.medianGapMs !== undefined) facts.push(['Median time between', duration(link.medianGapMs)]);
  return tip(`${nodeName(link.from)} → ${nodeName(link.to)}`, facts);
}

function nodeTip(name: string, flow: Flow<PathLink>, returns: number): HTMLElement {
  const sum = (links: readonly PathLink[]): string => count(links.reduce((all, link) => all + link.transitions, 0));
  const facts: [string, string][] = [];
  if (name !== START) facts.push(['Reached', sum(flow.links.filter((link) => link.to === name))]);
  if (name !== END) facts.push(['Left', sum(flow.links.filter((link) => link.from === name))]);
  if (returns > 0) facts.push(['Returns, not drawn', count(returns)]);
  return tip(nodeName(name), facts);
}

/** Both ends as one key; a line break cannot be part of a name's text. */
function ends(from: string, to: string): string {
  return `${from}\n${to}`;
}

/** How many nodes stand in each column, by their longest way from the start. */
function columnsOf(flow: Flow<PathLink>): Map<number, number> {
  const depth = new Map<string, number>();
  for (let round = 0; round < flow.nodes.length; round += 1) {
    for (const { from, to } of flow.links) depth.set(to, Math.max(depth.get(to) ?? 0, (depth.get(from) ?? 0) + 1));
  }
  const columns = new Map<number, number>();
  for (const node of flow.nodes) columns.set(depth.get(node) ?? 0, (columns.get(depth.get(node) ?? 0) ?? 0) + 1);
  return columns;
}

/** Width of a node's bar, and the room right of the last one for its name. */
const NODE_WIDTH = 12;
const END_ROOM = 118;
