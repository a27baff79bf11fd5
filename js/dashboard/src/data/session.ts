/** The way to the page that asks for the read token, and back to what the reader was looking at. */

/** Under this name the browser's tab keeps the address to come back to. */
const PLACE = 'wayside-place';

/** Leaves for the login, which is a page of its own. */
export function goToLogin(): void {
  try {
    sessionStorage.setItem(PLACE, location.hash);
  } catch {
    // Without storage the reader comes back to the first section.
  }
  location.assign('login');
}

/** The place that the reader left for the login, once; empty where there is none. */
export function takePlace(): string {
  try {
    const place = sessionStorage.getItem(PLACE) ?? '';
    sessionStorage.removeItem(PLACE);
    return place;
  } catch {
    return '';
  }
}
