// What the four steps of the checkout share: none without a cart, none before the one it builds on.

import * as cart from './cart.ts';
import { takeOver, type Rule } from './forms.ts';
import { draft, type Draft } from './order.ts';
import { $, BASE, go } from './page.ts';
import { ask, type Question } from './server.ts';
import { summary } from './summary.ts';

/** One step of the checkout. */
export interface Step {
  readonly rules?: Readonly<Record<string, Rule>>;
  /** What the step asks the server. */
  readonly question: Question;
  /** The page that a visitor without the earlier steps belongs to; `null` where nothing is missing. */
  readonly missing: (draft: Draft) => string | null;
  /** Called when the step may be shown. */
  readonly show?: (draft: Draft) => void;
  /** Called when the server said yes. */
  readonly done: (data: FormData, draft: Draft) => void;
  readonly next: string;
}

/** Shows a step, or sends the visitor to where the checkout stands. */
export function runStep(step: Step): void {
  const now = draft.get();
  const elsewhere = cart.count() === 0 ? 'cart.html' : step.missing(now);
  if (elsewhere !== null) {
    location.replace(BASE + elsewhere);
    return;
  }
  $('[data-summary]').innerHTML = summary(now.shipping);
  step.show?.(now);
  takeOver($<HTMLFormElement>('[data-step]'), {
    ...(step.rules ? { rules: step.rules } : {}),
    send: async (data) => {
      const refusal = await ask(step.question);
      if (refusal !== null) return refusal;
      step.done(data, now);
      go(step.next);
      return null;
    },
  });
}
