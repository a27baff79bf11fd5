import { searchProducts } from '../catalog.ts';
import { productCard } from '../markup.ts';
import { $, BASE } from '../page.ts';
import { track } from '../wayside.ts';

const query = (new URLSearchParams(location.search).get('q') ?? '').trim();
const found = searchProducts(query);

$<HTMLInputElement>('#q').value = query;
$('[data-heading]').textContent = query ? `Results for “${query}”` : 'Search';
$('[data-results]').innerHTML = found.map((product) => productCard(product, BASE, 'Search results')).join('');
$('[data-hint]').textContent = hint();
if (query) track('search', { search_term: query, results: found.length });

function hint(): string {
  if (!query) return 'Write what you are looking for above: a thing, a material, a shelf.';
  if (found.length === 0) return 'Nothing here by that name. Try one word, such as “linen” or “candle”.';
  return found.length === 1 ? 'One product' : `${found.length} products`;
}
