// A visitor of the example shop, driven by a script. Every action does something in a real page and writes down which
// touchpoints that must leave behind; the list is compared with what arrived (compare.mjs).

import { backAtOnce } from './in-page.mjs';

/** A person needs at least this long between two actions; it also gives each action a time of its own. */
const GLANCE_MS = 25;
/** Who is back by then is back at once: a little less than the model's own limit, 5 s between the pages' views. */
const AT_ONCE_MS = 4_500;

/** An address that the shop's form takes. */
export const ADDRESS = {
  email: 'ada@example.org', phone: '+49 30 901820', name: 'Ada Lovelace', street: 'Linienstrasse 12', postcode: '10115', city: 'Berlin',
};

/** A card number that passes the check digit. */
export const CARD = { number: '4242 4242 4242 4242', expiry: '04/39', cvc: '123' };

/** The prices of the shop, by product, in cents. */
export const CENTS = {
  mug: 1990, bowl: 2400, teapot: 6400, plate: 2850, vase: 4200, blanket: 11900, cushion: 3900, towel: 1450, apron: 4600,
  lamp: 9800, candles: 1600, lantern: 5400, planter: 3300, can: 5800, basket: 4700,
};

/** Percent off, by coupon. */
const COUPONS = { SPRING10: 10, HEARTH20: 20 };

/** Cents, by way of shipping. */
const SHIPPING = { standard: 490, express: 1190, pickup: 0 };

/** A visitor: where they came from, what they do, and what must be known of it afterwards. */
export class Shopper {
  /** Touchpoints that must arrive, in order: a kind and the fields that matter. */
  expected = [];
  /** Signals that must be found. */
  signals = [];
  /** Ids of the orders placed. */
  orders = [];

  #base;
  #openPage;
  #cart = new Map();
  #coupon = null;
  #begun = false;
  #shipping = null;

  /** `openPage(offsetMs)` opens a page whose clock is that far from ours. */
  constructor(page, base, openPage) {
    this.page = page;
    this.#base = base;
    this.#openPage = openPage;
  }

  // Arriving and leaving

  /** Opens the shop from outside: `referer` is the page before, `query` what the link carried. */
  async arrive(path = '', { referer, query = {}, expect = {} } = {}) {
    const search = new URLSearchParams(query).toString();
    const separator = path.includes('?') ? '&' : '?';
    await this.page.goto(`${this.#base}/shop/${path}${search && separator + search}`, referer ? { referer } : {});
    const campaign = {};
    for (const [name, value] of Object.entries(query)) if (name.startsWith('utm_')) campaign[name.slice(4)] = value;
    for (const click of ['gclid', 'fbclid', 'msclkid']) if (query[click]) campaign.click_id = click;
    await this.#saw(path, { ...(referer ? { referrer: referer } : {}), ...campaign, ...expect });
  }

  /** Closes the page once everything is delivered and opens a new one, `offsetMs` away from our clock. */
  async comeBack(offsetMs) {
    await delivered(this.page);
    await this.page.close();
    this.page = await this.#openPage(offsetMs);
    this.#begun = false;
    this.#shipping = null;
  }

  /** Looks at the page for a while, as far as a test can afford it. */
  async look(ms = 120) {
    await this.page.waitForTimeout(ms);
  }

  /** Scrolls down, as a reader does. */
  async scroll(by = 900) {
    await this.page.mouse.wheel(0, by);
    await this.look(60);
  }

  /** Presses the browser's back button. `path` is where that leads. */
  async back(path) {
    await this.page.goBack();
    await this.#saw(path, { entry: 'back_forward' });
  }

  /** Reloads the page at `path`. */
  async reload(path) {
    await this.page.reload();
    await this.#saw(path, { entry: 'reload' });
  }

  // Looking around

  /** Goes to the list of products by the shop's name. */
  async home() {
    await this.#follow(this.page.getByRole('link', { name: 'Kiln & Loom' }), '');
  }

  /** Opens a product from the list that is on the page. */
  async choose(id) {
    this.#note('select_item', { item_id: id });
    await this.#follow(this.#inList(id), `product.html?product=${id}`);
  }

  /**
   * Opens a product from the list at `path` and comes back at once. The page goes by itself: a slow driver would be too long
   * about it. Who was too long all the same looks again.
   */
  async peek(id, path) {
    await this.page.addInitScript(backAtOnce, `?product=${id}`);
    for (let times = 1; ; times++) {
      this.#note('select_item', { item_id: id });
      await this.#glance();
      await this.page.evaluate(() => (window.isBefore = true));
      const began = Date.now();
      await this.#inList(id).click();
      this.#notePage(`product.html?product=${id}`);
      await this.page.waitForFunction(() => !window.isBefore && performance.getEntriesByType('navigation')[0]?.type === 'back_forward');
      const took = Date.now() - began;
      await this.#saw(path, { entry: 'back_forward' });
      if (took < AT_ONCE_MS || times === 5) return;
    }
  }

  /** Types into the search field; `results` products must be found. */
  async search(term, results) {
    await this.#glance();
    await this.page.locator('#q').fill(term);
    await this.page.locator('#q').press('Enter');
    await this.page.waitForURL(/search\.html/);
    await this.#saw('search.html', {}, term, results);
  }

  /** Opens a page from the navigation at the top: Help, Account, Wishlist or Cart. */
  async open(name) {
    const paths = { Help: 'help.html', Account: 'account.html', Wishlist: 'wishlist.html', Cart: 'cart.html' };
    await this.#follow(this.page.getByRole('navigation', { name: 'Your shop' }).getByRole('link', { name }), paths[name]);
  }

  /** Puts a product on the wishlist, from its page. */
  async wish(id) {
    await this.#glance();
    await this.page.getByRole('button', { name: 'Keep for later' }).click();
    this.#note('add_to_wishlist', { item_id: id });
  }

  /** Clicks the same spot in anger. */
  async rage(selector, clicks = 8) {
    await this.#glance();
    const { x, y } = await this.page.locator(selector).boundingBox();
    for (let n = 0; n < clicks; n++) await this.page.mouse.click(x + 60, y + 60);
    this.signals.push('rage_click');
  }

  // The cart

  /** Puts a product into the cart from a list. */
  async addFromList(id) {
    await this.#glance();
    await this.page.locator(`[data-cart-add="${id}"]`).first().click();
    this.#cart.set(id, (this.#cart.get(id) ?? 0) + 1);
    this.#note('add_to_cart', { item_id: id, quantity: 1, value: CENTS[id] / 100 });
  }

  /** Puts the product on the page into the cart. */
  async addHere(id, quantity = 1) {
    await this.#glance();
    if (quantity !== 1) await this.page.locator('#quantity').selectOption(String(quantity));
    await this.page.locator('[data-buy] button').click();
    this.#cart.set(id, (this.#cart.get(id) ?? 0) + quantity);
    this.#note('add_to_cart', { item_id: id, quantity, value: (CENTS[id] * quantity) / 100 });
  }

  /** Takes a product out of the cart, on the cart's page. */
  async remove(id) {
    await this.#glance();
    await this.page.locator(`[data-remove="${id}"]`).click();
    this.#note('remove_from_cart', { item_id: id, quantity: this.#cart.get(id) });
    this.#cart.delete(id);
  }

  /** Tries a coupon on the cart's page. `refused` is a piece of the refusal where there must be one. */
  async coupon(code, refused) {
    await this.#glance();
    await this.page.locator('#coupon').fill(code);
    await this.page.getByRole('button', { name: 'Apply' }).click();
    const told = refused ? this.page.locator('#coupon-error', { hasText: refused }) : this.page.locator('[data-sums]', { hasText: `Coupon ${code}` });
    await told.waitFor();
    this.#note('coupon_try', { coupon: code, failed: Boolean(refused) });
    if (!refused) this.#coupon = code;
  }

  // The checkout

  /** From the cart's page to the first step. */
  async checkOut() {
    await this.#follow(this.page.getByRole('link', { name: 'Check out' }), 'checkout/contact.html');
  }

  /** Fills in the address and goes on. */
  async address(fields = ADDRESS) {
    await this.fill(fields);
    await this.next('checkout/shipping.html');
  }

  /** Fills in fields of the step, one after the other. */
  async fill(fields) {
    await this.#glance();
    for (const [name, value] of Object.entries(fields)) await this.page.locator(`#${name}`).fill(value);
  }

  /** Sends the step and expects a message beside `field`. */
  async wrong(field) {
    await this.#glance();
    await this.page.locator('[data-step] [type=submit]').click();
    await this.page.locator(`#${field}[aria-invalid=true]`).waitFor();
  }

  /** Sends the step and expects a refusal of the shop. */
  async refused(message) {
    await this.#glance();
    await this.page.locator('[data-step] [type=submit]').click();
    await this.page.getByRole('alert').filter({ hasText: message }).waitFor();
  }

  /** Chooses the way of shipping and goes on. */
  async shipping(tier = 'standard') {
    await this.#glance();
    await this.page.locator(`input[value=${tier}]`).check();
    this.#shipping = tier;
    await this.next('checkout/payment.html', ['add_shipping_info', { shipping_tier: tier, value: this.total() / 100 }]);
  }

  /** Chooses the way of paying and goes on. */
  async payment(type = 'card') {
    await this.#glance();
    await this.page.locator(`input[value=${type}]`).check();
    if (type === 'card') await this.fill(CARD);
    await this.next('checkout/review.html', ['add_payment_info', { payment_type: type, value: this.total() / 100 }]);
  }

  /** Places the order. */
  async order() {
    await this.#glance();
    const value = this.total() / 100;
    await this.page.locator('[data-step] [type=submit]').click();
    await this.page.waitForURL(/thank-you\.html/);
    const id = await this.page.locator('.lead strong').textContent();
    this.orders.push(id);
    this.#note('page_view', { path: '/shop/thank-you.html' });
    this.#note('purchase', { transaction_id: id, value, ...(this.#coupon ? { coupon: this.#coupon } : {}) });
    this.#cart.clear();
    this.#coupon = null;
    this.#begun = false;
    await this.#ready();
  }

  /** The whole checkout without trouble, from the cart's page. */
  async buy({ tier = 'standard', pay = 'card', address = ADDRESS } = {}) {
    await this.checkOut();
    await this.address(address);
    await this.shipping(tier);
    await this.payment(pay);
    await this.order();
  }

  /** Sends the step, whose server says yes after which `note` is recorded, and lands on `path`. */
  async next(path, note) {
    await this.#glance();
    await this.page.locator('[data-step] [type=submit]').click();
    await this.page.waitForURL(new RegExp(path.replace('.', '\\.')));
    if (note) this.#note(...note);
    await this.#saw(path);
  }

  // Afterwards, and beside

  /** Answers the thank-you page's question. */
  async nps(score) {
    await this.#glance();
    await this.page.locator(`input[name=score][value="${score}"]`).check({ force: true });
    await this.page.locator('[data-survey] button').click();
    this.#note('nps', { score });
  }

  /** Shares the shop, on the thank-you page. */
  async share() {
    await this.#glance();
    await this.page.locator('[data-share]').click();
    this.#note('share', { method: 'link' });
  }

  /** Signs in on the account page. */
  async signIn(customer) {
    await this.#glance();
    await this.page.locator('#customer').fill(customer);
    await this.page.getByRole('button', { name: 'Sign in' }).click();
    this.#note('identify', { customer_id: customer });
    this.#note('login', { method: 'customer number' });
  }

  /** Starts a chat on the help page and writes a line. */
  async chat(message) {
    await this.#glance();
    await this.page.getByRole('button', { name: 'Start a chat' }).click();
    this.#note('support_contact', { contact_channel: 'chat' });
    await this.page.locator('#message').fill(message);
    await this.page.locator('#message').press('Enter');
    await this.page.locator('.messages .you').waitFor();
  }

  /** Opens a question on the help page. */
  async question(words) {
    await this.#glance();
    await this.page.locator('summary', { hasText: words }).click();
  }

  /** Signs up for the letter in the footer. */
  async newsletter(email) {
    await this.#glance();
    await this.page.locator('#newsletter-email').fill(email);
    await this.page.getByRole('button', { name: 'Sign up' }).click();
    this.#note('newsletter_sign_up');
  }

  /** What the cart costs in cents, shipping included once it is chosen. */
  total() {
    let goods = 0;
    for (const [id, quantity] of this.#cart) goods += CENTS[id] * quantity;
    const rest = goods - Math.round((goods * (COUPONS[this.#coupon] ?? 0)) / 100);
    const free = this.#shipping === 'standard' && rest >= 10_000;
    return rest + (free ? 0 : (SHIPPING[this.#shipping] ?? 0));
  }

  // What every action does

  #note(kind, fields = {}) {
    this.expected.push({ kind, ...fields });
  }

  async #glance() {
    await this.page.waitForTimeout(GLANCE_MS);
  }

  #inList(id) {
    return this.page.locator(`[data-wayside-select_item][href$="product.html?product=${id}"]`).first();
  }

  async #ready() {
    await ready(this.page);
  }

  async #follow(link, path) {
    await this.#glance();
    await link.click();
    await this.page.waitForURL((url) => url.pathname + url.search === `/shop/${path}`);
    await this.#saw(path);
  }

  /** Notes what showing a page of the shop records, and waits until the page is watched. */
  async #saw(...page) {
    this.#notePage(...page);
    await this.#ready();
  }

  #notePage(path, fields = {}, term, results) {
    const [file, query] = path.split('?');
    this.#note('page_view', { path: `/shop/${file}`, ...fields });
    const id = new URLSearchParams(query).get('product');
    if (file === '') this.#note('view_item_list', { item_list_id: 'home' });
    if (file === 'product.html') this.#note('view_item', { item_id: id });
    if (file === 'search.html' && term) this.#note('search', { search_term: term, results });
    if (file === 'cart.html' && this.#cart.size > 0) this.#note('view_cart', { value: this.#goods() / 100 });
    if (file === 'checkout/contact.html' && !this.#begun) {
      this.#begun = true;
      this.#note('begin_checkout', { value: this.#goods() / 100 });
    }
  }

  #goods() {
    const tier = this.#shipping;
    this.#shipping = null;
    const total = this.total();
    this.#shipping = tier;
    return total;
  }
}

/** Resolves once the tracker runs in the page. */
export async function ready(page) {
  await page.waitForFunction(() => typeof window.wayside?.status === 'function');
  await page.evaluate(async () => void (await window.wayside.visitor()));
}

/** Resolves once everything captured in this browser is on the collector's disk. */
export async function delivered(page) {
  await page.evaluate(() => window.wayside.flush());
}
