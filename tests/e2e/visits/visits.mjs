// The scripted visits: who came, from where, what they did, and how it ended. `run(shop)` drives one visit with the
// actions of `Shopper`, which write down what must arrive.
//
// `hoursAgo` sets the page's clock back, so that the visits spread over the last days; `phone` gives a small screen.

import { ADDRESS, CARD } from './shopper.mjs';

const GOOGLE = 'https://www.google.com/';
const BING = 'https://www.bing.com/';
const mail = (campaign) => ({ utm_source: 'letter', utm_medium: 'email', utm_campaign: campaign });
const ads = (campaign) => ({ gclid: 'Cj0KCQiA-test', utm_source: 'google', utm_medium: 'cpc', utm_campaign: campaign });
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

const bob = { ...ADDRESS, name: 'Bob Meier', street: 'Am Kai 3', postcode: '20457', city: 'Hamburg', email: 'bob@example.org' };

function visit(name, hoursAgo, run, options = {}) {
  return { name, hoursAgo, run, phone: false, ...options };
}

/** Every visit, in the order they are run. */
export const visits = [
  // Buyers

  visit('buys a mug straight from the list', 3, async (shop) => {
    await shop.arrive('', { referer: GOOGLE });
    await shop.addFromList('mug');
    await shop.open('Cart');
    await shop.buy();
    await shop.nps(9);
  }),
  visit('buys two lamps after reading about them', 5, async (shop) => {
    await shop.arrive('', { query: ads('lamps') });
    await shop.choose('lamp');
    await shop.scroll();
    await shop.addHere('lamp', 2);
    await shop.open('Cart');
    await shop.buy({ tier: 'express' });
  }),
  visit('buys by invoice on a phone', 7, async (shop) => {
    await shop.arrive('', { referer: 'https://www.instagram.com/' });
    await shop.scroll();
    await shop.choose('planter');
    await shop.addHere('planter');
    await shop.open('Cart');
    await shop.buy({ pay: 'invoice', tier: 'pickup', address: bob });
  }, { phone: true }),
  visit('uses the coupon of the letter', 9, async (shop) => {
    await shop.arrive('', { query: mail('spring') });
    await shop.addFromList('blanket');
    await shop.addFromList('cushion');
    await shop.open('Cart');
    await shop.coupon('SPRING10');
    await shop.buy();
    await shop.nps(10);
    await shop.share();
  }),
  visit('searches for linen and buys the towel', 11, async (shop) => {
    await shop.arrive('', { referer: BING });
    await shop.search('linen', 2);
    await shop.choose('towel');
    await shop.addHere('towel', 3);
    await shop.open('Cart');
    await shop.buy();
  }),
  visit('compares two vessels and buys the second', 14, async (shop) => {
    await shop.arrive('', { query: { utm_source: 'pinterest', utm_medium: 'social', utm_campaign: 'table' } });
    await shop.choose('bowl');
    await shop.look();
    await shop.home();
    await shop.choose('teapot');
    await shop.addHere('teapot');
    await shop.open('Cart');
    await shop.buy({ address: bob });
  }),
  visit('fills a basket, drops a thing, buys the rest', 17, async (shop) => {
    await shop.arrive('');
    await shop.addFromList('plate');
    await shop.addFromList('bowl');
    await shop.addFromList('vase');
    await shop.open('Cart');
    await shop.remove('vase');
    await shop.buy({ tier: 'express', pay: 'invoice' });
  }),
  visit('signs in before buying', 20, async (shop) => {
    await shop.arrive('', { query: mail('autumn') });
    await shop.open('Account');
    await shop.signIn('KL-10422');
    await shop.home();
    await shop.addFromList('candles');
    await shop.open('Cart');
    await shop.buy();
  }),
  visit('buys from a friend’s link to one product', 23, async (shop) => {
    await shop.arrive('product.html?product=apron', { referer: 'https://www.facebook.com/', query: { fbclid: 'IwAR-test' } });
    await shop.addHere('apron');
    await shop.open('Cart');
    await shop.buy();
    await shop.share();
  }),
  visit('asks the help page first, then buys', 26, async (shop) => {
    await shop.arrive('', { referer: GOOGLE });
    await shop.open('Help');
    await shop.question('How long does delivery take');
    await shop.home();
    await shop.choose('lantern');
    await shop.addHere('lantern');
    await shop.open('Cart');
    await shop.buy({ tier: 'express' });
  }),
  visit('corrects a card number and buys', 29, async (shop) => {
    await shop.arrive('', { query: ads('garden') });
    await shop.addFromList('can');
    await shop.open('Cart');
    await shop.checkOut();
    await shop.address();
    await shop.shipping();
    await shop.fill({ ...CARD, number: '4242 4242 4242 4241' });
    await shop.wrong('number');
    await shop.payment();
    await shop.order();
  }),
  visit('goes back a step to change the address', 32, async (shop) => {
    await shop.arrive('');
    await shop.addFromList('mug');
    await shop.open('Cart');
    await shop.checkOut();
    await shop.address();
    await shop.back('checkout/contact.html');
    await shop.address(bob);
    await shop.shipping('pickup');
    await shop.payment('invoice');
    await shop.order();
  }),
  visit('buys, then looks at one more thing', 35, async (shop) => {
    await shop.arrive('', { referer: 'https://duckduckgo.com/' });
    await shop.addFromList('cushion');
    await shop.open('Cart');
    await shop.buy({ address: bob });
    await shop.nps(7);
    await shop.home();
    await shop.choose('blanket');
  }),

  // Bouncers

  visit('bounces off the list', 2, async (shop) => {
    await shop.arrive('', { query: ads('brand') });
  }),
  visit('bounces off a product', 4, async (shop) => {
    await shop.arrive('product.html?product=vase', { referer: GOOGLE });
    await shop.look();
  }),
  visit('bounces on a phone', 6, async (shop) => {
    await shop.arrive('', { query: { utm_source: 'tiktok', utm_medium: 'paid_social', utm_campaign: 'autumn' } });
    await shop.scroll();
  }, { phone: true }),
  visit('follows a dead link to a product', 8, async (shop) => {
    await shop.arrive('cart.html', { referer: 'https://blog.example.net/' });
  }),
  visit('bounces off the help page', 10, async (shop) => {
    await shop.arrive('help.html', { referer: BING });
    await shop.question('send something back');
  }),
  visit('reads the list from top to bottom', 12, async (shop) => {
    await shop.arrive('', { query: { utm_source: 'partner-shop', utm_medium: 'affiliate', utm_campaign: 'home' } });
    for (let n = 0; n < 4; n++) await shop.scroll(700);
  }),

  // Lookers

  visit('wanders through a shelf', 15, async (shop) => {
    await shop.arrive('', { referer: 'https://www.youtube.com/' });
    for (const id of ['mug', 'bowl', 'plate']) {
      await shop.choose(id);
      await shop.home();
    }
  }),
  visit('keeps two things for later', 18, async (shop) => {
    await shop.arrive('', { referer: GOOGLE });
    await shop.choose('lamp');
    await shop.wish('lamp');
    await shop.home();
    await shop.choose('lantern');
    await shop.wish('lantern');
    await shop.open('Wishlist');
  }),
  visit('buys from the wishlist', 21, async (shop) => {
    await shop.arrive('product.html?product=teapot', { query: mail('autumn') });
    await shop.wish('teapot');
    await shop.open('Wishlist');
    await shop.addFromList('teapot');
    await shop.open('Cart');
    await shop.buy();
  }),
  visit('looks at what is sold out', 24, async (shop) => {
    await shop.arrive('', { referer: GOOGLE });
    await shop.choose('basket');
    await shop.wish('basket');
  }),
  visit('searches for what is not there', 27, async (shop) => {
    await shop.arrive('');
    await shop.search('umbrella', 0);
    await shop.search('candle', 2);
    await shop.choose('candles');
  }),
  visit('searches on a phone and gives up', 30, async (shop) => {
    await shop.arrive('', { query: ads('gifts') });
    await shop.search('glass', 2);
    await shop.look();
  }, { phone: true }),
  visit('signs up for the letter', 33, async (shop) => {
    await shop.arrive('', { referer: 'https://www.linkedin.com/' });
    await shop.newsletter('ada@example.org');
  }),
  visit('chats with the workshop', 36, async (shop) => {
    await shop.arrive('product.html?product=planter', { referer: GOOGLE });
    await shop.open('Help');
    await shop.chat('Does it survive a winter outside?');
  }),
  visit('signs in and looks around', 39, async (shop) => {
    await shop.arrive('account.html', { query: mail('welcome') });
    await shop.signIn('KL-20781');
    await shop.home();
    await shop.choose('vase');
  }),

  // Those who fall by the wayside

  visit('leaves a full cart', 13, async (shop) => {
    await shop.arrive('', { query: ads('textiles') });
    await shop.addFromList('blanket');
    await shop.addFromList('towel');
    await shop.open('Cart');
  }),
  visit('empties the cart again', 16, async (shop) => {
    await shop.arrive('');
    await shop.addFromList('candles');
    await shop.open('Cart');
    await shop.remove('candles');
  }),
  visit('leaves at the address', 19, async (shop) => {
    await shop.arrive('', { referer: GOOGLE });
    await shop.addFromList('vase');
    await shop.open('Cart');
    await shop.checkOut();
    await shop.fill({ email: 'ada@example.org' });
  }),
  visit('leaves at the price of shipping', 22, async (shop) => {
    await shop.arrive('', { query: ads('brand') });
    await shop.addFromList('towel');
    await shop.open('Cart');
    await shop.checkOut();
    await shop.address();
    await shop.look();
  }),
  visit('leaves at the payment', 25, async (shop) => {
    await shop.arrive('', { referer: BING });
    await shop.addFromList('plate');
    await shop.open('Cart');
    await shop.checkOut();
    await shop.address(bob);
    await shop.shipping('express');
    await shop.look();
  }),
  visit('fights with the address form and gives up', 28, async (shop) => {
    await shop.arrive('', { query: ads('table') });
    await shop.addFromList('bowl');
    await shop.open('Cart');
    await shop.checkOut();
    await shop.wrong('email');
    await shop.fill({ ...ADDRESS, postcode: '101' });
    await shop.wrong('postcode');
    await shop.fill({ postcode: '1011' });
    await shop.wrong('postcode');
    await shop.fill({ postcode: 'D-10115' });
    await shop.wrong('postcode');
  }),
  visit('fights with the address form and wins', 31, async (shop) => {
    await shop.arrive('', { referer: GOOGLE });
    await shop.addFromList('lantern');
    await shop.open('Cart');
    await shop.checkOut();
    await shop.fill({ ...ADDRESS, phone: 'none', street: 'Linienstrasse' });
    await shop.wrong('phone');
    await shop.fill({ phone: ADDRESS.phone });
    await shop.wrong('street');
    await shop.address();
    await shop.shipping();
    await shop.payment('invoice');
    await shop.order();
    await shop.nps(3);
  }),
  visit('the shop cannot find the address', 34, async (shop) => {
    await shop.arrive('', { query: { fail: 'address' } });
    await shop.addFromList('mug');
    await shop.open('Cart');
    await shop.checkOut();
    await shop.fill(ADDRESS);
    await shop.refused('cannot find this address');
    await shop.refused('cannot find this address');
  }),
  visit('the bank declines the card', 37, async (shop) => {
    await shop.arrive('', { query: { ...mail('spring'), fail: 'payment' } });
    await shop.addFromList('lamp');
    await shop.open('Cart');
    await shop.checkOut();
    await shop.address();
    await shop.shipping();
    await shop.fill(CARD);
    await shop.refused('declined the payment');
    await shop.refused('declined the payment');
  }),
  visit('the coupon has expired', 40, async (shop) => {
    await shop.arrive('', { query: { ...mail('winter'), fail: 'coupon' } });
    await shop.addFromList('cushion');
    await shop.open('Cart');
    await shop.coupon('SPRING10', 'has expired');
    await shop.coupon('SPRING10', 'has expired');
  }),
  visit('guesses coupons and buys without', 43, async (shop) => {
    await shop.arrive('');
    await shop.addFromList('apron');
    await shop.open('Cart');
    await shop.coupon('WELCOME', 'We know no coupon');
    await shop.coupon('SUMMER', 'We know no coupon');
    await shop.buy();
  }),
  visit('reloads the checkout again and again', 38, async (shop) => {
    await shop.arrive('', { query: ads('garden') });
    await shop.addFromList('can');
    await shop.open('Cart');
    await shop.checkOut();
    for (let n = 0; n < 4; n++) await shop.reload('checkout/contact.html');
    shop.signals.push('checkout_reload');
  }),
  visit('reloads the payment and still buys', 41, async (shop) => {
    await shop.arrive('', { referer: GOOGLE });
    await shop.addFromList('teapot');
    await shop.open('Cart');
    await shop.checkOut();
    await shop.address();
    await shop.shipping();
    for (let n = 0; n < 3; n++) await shop.reload('checkout/payment.html');
    await shop.payment();
    await shop.order();
    shop.signals.push('checkout_reload');
  }),
  visit('clicks the picture in anger', 42, async (shop) => {
    await shop.arrive('product.html?product=lamp', { referer: GOOGLE });
    await shop.rage('[data-picture]');
  }),
  visit('comes back at once from a product', 44, async (shop) => {
    await shop.arrive('', { referer: BING });
    await shop.peek('blanket', '');
    await shop.choose('cushion');
    shop.signals.push('quick_back');
  }),
  visit('waits for a slow checkout and leaves', 46, async (shop) => {
    await shop.arrive('', { query: { slow: '4100' } });
    await shop.addFromList('vase');
    await shop.open('Cart');
    await shop.checkOut();
    await shop.address();
    await shop.shipping();
    shop.signals.push('checkout_slow');
  }),

  // Those who return

  visit('looks today, buys tomorrow', 30, async (shop) => {
    await shop.arrive('', { query: ads('lamps') });
    await shop.choose('lantern');
    await shop.comeBack(-2 * MINUTE);
    await shop.arrive('');
    await shop.choose('lantern');
    await shop.addHere('lantern');
    await shop.open('Cart');
    await shop.buy();
  }),
  visit('fills the cart, returns two days later by the letter', 50, async (shop) => {
    await shop.arrive('', { referer: GOOGLE });
    await shop.addFromList('blanket');
    await shop.open('Cart');
    await shop.comeBack(-50 * 60 * MINUTE + 2 * DAY);
    await shop.arrive('cart.html', { query: mail('cart') });
    await shop.coupon('HEARTH20');
    await shop.buy({ tier: 'express' });
  }),
  visit('looks once and again, and does not buy', 60, async (shop) => {
    await shop.arrive('', { referer: 'https://www.instagram.com/' });
    await shop.choose('cushion');
    await shop.comeBack(-30 * 60 * MINUTE);
    await shop.arrive('product.html?product=cushion');
    await shop.look();
  }),
];
