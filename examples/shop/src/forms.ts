// Forms that say what is wrong beside the field, to eyes and to screen readers.

type Field = HTMLInputElement | HTMLSelectElement;

/** A rule that HTML cannot say: returns what is wrong, or an empty string. */
export type Rule = (value: string, form: FormData) => string;

/** What a form does. */
export interface FormPlan {
  /** Extra rules by field name. */
  readonly rules?: Readonly<Record<string, Rule>>;
  /** Called with valid data. A returned text is shown as the form's refusal. */
  readonly send: (data: FormData) => Promise<string | null> | string | null;
}

/** Takes over a form's checking and sending. */
export function takeOver(form: HTMLFormElement, plan: FormPlan): void {
  // `invalid` does not bubble, hence the capture.
  form.addEventListener('invalid', (event) => showError(form, event.target as Field), true);
  form.addEventListener('input', (event) => clearError(form, event.target as Field));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (form.getAttribute('aria-busy') === 'true') return;
    void submit(form, plan);
  });
}

async function submit(form: HTMLFormElement, plan: FormPlan): Promise<void> {
  const fields = fieldsOf(form);
  const data = new FormData(form);
  for (const field of fields) {
    clearError(form, field);
    field.setCustomValidity(plan.rules?.[field.name]?.(field.value.trim(), data) ?? '');
  }
  alertText(form, '');
  if (!form.checkValidity()) {
    fields.find((field) => !field.validity.valid)?.focus();
    return;
  }
  busy(form, true);
  const refusal = await plan.send(data);
  busy(form, false);
  if (refusal) alertText(form, refusal);
}

function fieldsOf(form: HTMLFormElement): Field[] {
  return Array.from(form.elements).filter(
    (element): element is Field => element instanceof HTMLInputElement || element instanceof HTMLSelectElement,
  );
}

function errorPlace(form: HTMLFormElement, field: Field): HTMLElement | null {
  return form.querySelector(`[data-error-for="${CSS.escape(field.id)}"], [data-error-for="${CSS.escape(field.name)}"]`);
}

function showError(form: HTMLFormElement, field: Field): void {
  field.setAttribute('aria-invalid', 'true');
  const place = errorPlace(form, field);
  if (place) place.textContent = messageFor(field);
}

function clearError(form: HTMLFormElement, field: Field): void {
  field.setCustomValidity('');
  field.removeAttribute('aria-invalid');
  const place = errorPlace(form, field);
  if (place) place.textContent = '';
}

function messageFor(field: Field): string {
  if (field.validity.customError) return field.validationMessage;
  if (field.validity.valueMissing) return field instanceof HTMLInputElement && field.type === 'radio' ? 'Please choose one.' : 'Please fill this in.';
  return field.dataset.hint ?? field.validationMessage;
}

/** Shows a refusal above the form, or beside its only field where it has no place above. */
function alertText(form: HTMLFormElement, message: string): void {
  const place = form.querySelector<HTMLElement>('[data-alert]');
  if (place) {
    place.hidden = message === '';
    place.textContent = message;
    if (message) place.focus();
    return;
  }
  const field = fieldsOf(form)[0];
  if (!field || message === '') return;
  field.setAttribute('aria-invalid', 'true');
  const beside = errorPlace(form, field);
  if (beside) beside.textContent = message;
  field.focus();
}

function busy(form: HTMLFormElement, on: boolean): void {
  form.setAttribute('aria-busy', String(on));
}
