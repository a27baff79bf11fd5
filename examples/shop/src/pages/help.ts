import { takeOver } from '../forms.ts';
import { $ } from '../page.ts';
import { track } from '../wayside.ts';

for (const way of document.querySelectorAll<HTMLElement>('[data-contact]')) {
  way.addEventListener('click', () => {
    track('support_contact', { contact_channel: way.dataset.contact ?? '' });
    if (way.dataset.contact === 'chat') openChat();
  });
}

takeOver($<HTMLFormElement>('[data-message]'), {
  send: (data) => {
    say('you', String(data.get('message')));
    $<HTMLFormElement>('[data-message]').reset();
    say('us', 'Thank you. Someone from the workshop will be with you shortly.');
    return null;
  },
});

function openChat(): void {
  const chat = $('[data-chat]');
  if (chat.hidden) say('us', 'Hello. What can we do for you?');
  chat.hidden = false;
  $('#message').focus();
}

function say(who: 'you' | 'us', message: string): void {
  const entry = document.createElement('li');
  entry.className = who;
  entry.textContent = message;
  $('[data-messages]').append(entry);
}
