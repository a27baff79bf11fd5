import { Kept } from './storage.ts';

/** The ids of the products on the wishlist, oldest first. */
export const wishes = new Kept<string[]>(localStorage, 'shop.wishlist', []);
