import '../page.ts';
import { PRODUCTS } from '../catalog.ts';
import { amount } from '../money.ts';
import { push } from '../wayside.ts';

push('view_item_list', {
  item_list_id: 'home',
  item_list_name: 'Home',
  items: PRODUCTS.map((product) => ({ item_id: product.id, item_name: product.name, item_category: product.category, price: amount(product.cents) })),
});
