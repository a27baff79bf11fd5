// A checkout that offers help, by phone or chat, when Wayside finds its customer in trouble.

// Wayside is loaded beside this module and may come later, or never where a blocker keeps it out. Until it is there, calls
// wait in a queue. Nothing below asks whether it is there: without it no signal comes, and all else works.
window.wayside ??= function () {
  (window.wayside.q ??= []).push(arguments);
};

/** The signals that open the offer, and what it then asks. `docs/signals.md` has all that there are. */
const TROUBLES = {
  checkout_reload: 'Does the page not do what it should?',
  form_struggle: 'Does the form not take what you write?',
};

const $ = (id) => document.getElementById(id);
const offer = $('offer');
const form = $('order');

// The offer

/** What became of the offer in this checkout: the `signal` that opened it, and whether it was `answered`. */
let help = recall();

wayside('on', 'signal', ({ name }) => {
  // Once a checkout: a second offer would itself be in the way.
  if (!TROUBLES[name] || help.signal) return;
  remember({ signal: name });
  // A touchpoint of this site's own. `signal` becomes a property of it.
  wayside('help_offered', { signal: name });
  show();
});

// An offer that nobody has answered outlives a reload. It is still the same one and is not recorded again.
if (help.signal && !help.answered) show();

function show() {
  $('question').textContent = TROUBLES[help.signal];
  // The focus stays where it is. Who does not see the page hears of the offer, and where to find it.
  $('news').textContent = `${TROUBLES[help.signal]} Help by phone or chat is offered after the form.`;
  offer.hidden = false;
}

offer.addEventListener('click', ({ target }) => {
  const way = target.closest('[data-help]')?.dataset.help;
  if (!way) return;
  if (way !== 'none') wayside('support_contact', { contact_channel: way, topic: help.signal });
  // Closing what was taken up before is no refusal.
  else if (!help.answered) wayside('help_dismissed', { signal: help.signal });
  remember({ ...help, answered: true });
  if (way === 'chat') openChat(target);
  if (way === 'none') hide();
});

/** Here a shop opens its own chat. Who asked for it is taken there. */
function openChat(button) {
  $('answer').textContent = 'Somebody from the workshop will write to you here in a moment.';
  $('answer').focus();
  button.hidden = true;
}

/** Where the focus was before it came into the offer; it goes back there. */
let before = null;
offer.addEventListener('focusin', ({ relatedTarget }) => {
  if (!offer.contains(relatedTarget)) before = relatedTarget;
});

function hide() {
  offer.hidden = true;
  $('news').textContent = '';
  before?.focus();
}

function recall() {
  try {
    return JSON.parse(sessionStorage.getItem('assist')) ?? {};
  } catch {
    return {};
  }
}

function remember(now) {
  help = now;
  try {
    sessionStorage.setItem('assist', JSON.stringify(now));
  } catch {
    // Storage is blocked: it is remembered until the page is left.
  }
}

// The checkout

const cart = { currency: 'EUR', value: 19.9, items: [{ item_id: 'mug', item_name: 'Harbour mug', price: 19.9, quantity: 1 }] };

// Without it Wayside would not know that this is a checkout. After a reload the same step goes on.
wayside('begin_checkout', cart);

// The browser checks the form, and Wayside hears of what it refuses. Here it is said beside the field.
form.addEventListener('invalid', (event) => {
  const field = event.target;
  event.preventDefault();
  say(field, field.validity.valueMissing ? 'Please fill this in.' : field.dataset.hint);
  if (field === form.querySelector('input:invalid')) field.focus();
}, true);
form.addEventListener('input', ({ target }) => say(target, ''));

function say(field, error) {
  if (error) field.setAttribute('aria-invalid', 'true');
  else field.removeAttribute('aria-invalid');
  $(`${field.id}-error`).textContent = error;
}

// The `submit` event comes only when every field is right. This page has no shop behind it: the order ends here.
form.addEventListener('submit', (event) => {
  event.preventDefault();
  wayside('purchase', { ...cart, transaction_id: `order-${Date.now()}` });
  // The next checkout may need help anew.
  remember({});
  hide();
  form.hidden = true;
  $('thanks').hidden = false;
  $('thanks').querySelector('h2').focus();
});

// The stage, for show: it can change with each touchpoint. Those from before this line are told, too.
wayside('on', 'touchpoint', async () => {
  $('stage').textContent = await wayside.stage();
});
