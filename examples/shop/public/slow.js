// The service worker behind `?slow=MS`: it holds the server's answers back, so that waiting for them is waiting for the
// network, as it would be with a slow server. Without the switch it is not there at all.

addEventListener('install', () => skipWaiting());
addEventListener('activate', (event) => event.waitUntil(clients.claim()));

addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  const slow = Number(url.searchParams.get('slow'));
  if (!url.pathname.startsWith('/shop/api/') || !(slow > 0)) return;
  event.respondWith(new Promise((resolve) => setTimeout(resolve, slow)).then(() => fetch(event.request)));
});
