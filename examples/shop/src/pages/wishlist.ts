import { findProduct } from '../catalog.ts';
import { productCard } from '../markup.ts';
import { $, BASE } from '../page.ts';
import { wishes } from '../wishes.ts';

const wished = wishes.get().flatMap((id) => findProduct(id) ?? []);
$('[data-wishes]').innerHTML = wished.map((product) => productCard(product, BASE, 'Wishlist')).join('');
$('[data-empty]').hidden = wished.length > 0;
