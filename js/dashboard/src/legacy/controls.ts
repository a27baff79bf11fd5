/** Small controls that several sections share. */

import { h } from './dom.ts';

/** A choice of a few, all in sight: radio buttons, so that arrow keys work as everywhere. */
export function segmented(
  label: string,
  choices: readonly { readonly value: string; readonly label: string }[],
): Control {
  const name = `choice-${label.replace(/\W+/g, '-').toLowerCase()}`;
  let chosen: (value: string) => void = () => undefined;
  const inputs = choices.map(({ value }) => h('input', { type: 'radio', name, value, change: () => chosen(value) }));
  return {
    root: h(
      'fieldset',
      { class: 'segmented' },
      h('legend', { class: 'visually-hidden' }, label),
      ...choices.map((choice, at) => h('label', {}, inputs[at], h('span', {}, choice.label))),
    ),
    show(value, choose) {
      chosen = choose;
      for (const input of inputs) input.checked = input.value === value;
    },
  };
}

export interface Control {
  readonly root: HTMLElement;
  show(value: string, choose: (value: string) => void): void;
}

export interface Choice extends Control {
  /** Says what is chosen by choosing nothing; a choice that comes to the same is taken out. */
  nameDefault(label: string, same: string): void;
}

/** A labelled drop-down. A value that is not among the choices, from a shared link, is added as it is. */
export function dropDown(
  label: string,
  choices: readonly { readonly value: string; readonly label: string }[],
): Choice {
  let chosen: (value: string) => void = () => undefined;
  const select = h(
    'select',
    { change: () => chosen(select.value) },
    ...choices.map((choice) => h('option', { value: choice.value }, choice.label)),
  );
  return {
    root: h('label', { class: 'labelled' }, h('span', {}, label), select),
    show(value, choose) {
      chosen = choose;
      if (![...select.options].some((option) => option.value === value)) select.append(h('option', { value }, value));
      select.value = value;
    },
    nameDefault(label, same) {
      for (const option of [...select.options]) {
        if (option.value === '') option.textContent = label;
        else if (option.value === same && !option.selected) option.remove();
      }
    },
  };
}
