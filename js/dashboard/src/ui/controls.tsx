/** Small controls that several sections share. Each shows the value in force and says which one the reader chose. */

import type { JSX } from 'preact';
import { useId } from 'preact/hooks';

export interface Choice {
  readonly value: string;
  readonly label: string;
}

interface ChoiceProps {
  readonly label: string;
  readonly choices: readonly Choice[];
  readonly value: string;
  readonly choose: (value: string) => void;
}

/** A choice of a few, all in sight: radio buttons, so that arrow keys work as everywhere. */
export function Segmented({ label, choices, value, choose }: ChoiceProps): JSX.Element {
  const name = useId();
  return (
    <fieldset class="segmented">
      <legend class="visually-hidden">{label}</legend>
      {choices.map((choice) => (
        <label key={choice.value}>
          <input
            type="radio"
            name={name}
            value={choice.value}
            checked={choice.value === value}
            onChange={() => choose(choice.value)}
          />
          <span>{choice.label}</span>
        </label>
      ))}
    </fieldset>
  );
}

/** A labelled drop-down. A value that is not among the choices, from a shared link, is added as it is. */
export function DropDown({ label, choices, value, choose, hint }: ChoiceProps & { hint?: string }): JSX.Element {
  const listed = choices.some((choice) => choice.value === value);
  return (
    <label class="labelled" title={hint || undefined}>
      <span>{label}</span>
      <select value={value} onChange={(event) => choose(event.currentTarget.value)}>
        {(listed ? choices : [...choices, { value, label: value }]).map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.label}
          </option>
        ))}
      </select>
    </label>
  );
}

export interface TextFieldProps {
  readonly label: string;
  readonly type: 'search' | 'number';
  readonly hint: string;
  readonly value: string;
  readonly choose: (value: string) => void;
}

/** A labelled field for a word or a number; Enter, or leaving it, chooses. */
export function TextField({ label, type, hint, value, choose }: TextFieldProps): JSX.Element {
  return (
    <label class="labelled">
      <span>{label}</span>
      <input
        type={type}
        title={hint || undefined}
        value={value}
        onChange={(event) => choose(event.currentTarget.value.trim())}
      />
    </label>
  );
}
