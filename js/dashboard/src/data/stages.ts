/** Names of stages: those that the site's settings give them, else the model's. */

import { signal } from '@preact/signals';

/** The site's own names by the model's. */
export const stageLabels = signal<Readonly<Record<string, string>>>({});

/** A stage inside a sentence or a cell. */
export function stageName(stage: string): string {
  return stageLabels.value[stage] ?? stage;
}

/** A stage as a heading, with a capital. */
export function stageTitle(stage: string): string {
  const name = stageName(stage);
  return name.charAt(0).toUpperCase() + name.slice(1);
}
