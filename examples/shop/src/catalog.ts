// What the shop sells. Prices are whole cents: a sum of cents has no rounding.

/** The shelves of the shop, in the order of the list page. */
export const CATEGORIES = ['Table', 'Textiles', 'Light', 'Garden'] as const;

/** A shelf of the shop. */
export type Category = (typeof CATEGORIES)[number];

/** One product. */
export interface Product {
  readonly id: string;
  readonly name: string;
  readonly category: Category;
  readonly cents: number;
  /** One sentence under the name. */
  readonly line: string;
  /** The facts on the product page. */
  readonly facts: readonly string[];
  /** False while the product is sold out. */
  readonly inStock: boolean;
}

function product(
  id: string, name: string, category: Category, cents: number, line: string, facts: string[], inStock = true,
): Product {
  return { id, name, category, cents, line, facts, inStock };
}

/** Every product, in the order of the list page. */
export const PRODUCTS: readonly Product[] = [
  product('mug', 'Harbour mug', 'Table', 1990, 'Stoneware with a thumb rest and a glaze like wet slate.',
    ['Holds 320 ml', 'Dishwasher and microwave safe', 'Thrown by hand, so no two are alike']),
  product('bowl', 'Breakfast bowl', 'Table', 2400, 'Deep enough for porridge, wide enough for noodles.',
    ['15 cm across', 'Stacks four high', 'Glazed inside and out']),
  product('teapot', 'Rain teapot', 'Table', 6400, 'Pours without a drip, even the last cup.',
    ['Holds 900 ml', 'Strainer of stainless steel', 'Lid stays on while pouring']),
  product('plate', 'Tide plate', 'Table', 2850, 'A dinner plate with a line where the sea would stop.',
    ['26 cm across', 'Sits level in the dishwasher', 'Sold singly']),
  product('vase', 'Reed vase', 'Table', 4200, 'Narrow at the neck, so three stems are a bouquet.',
    ['24 cm tall', 'Watertight', 'Weighted foot']),
  product('blanket', 'Moor blanket', 'Textiles', 11900, 'Lambswool in the colours of a hill in October.',
    ['130 × 180 cm', 'Pure new wool', 'Woven on a 1930s loom']),
  product('cushion', 'Heather cushion', 'Textiles', 3900, 'A feather cushion that keeps its corners.',
    ['45 × 45 cm', 'Cover comes off', 'Linen back']),
  product('towel', 'Linen tea towel', 'Textiles', 1450, 'Dries a glass without a trace of lint.',
    ['50 × 70 cm', 'Gets softer with every wash', 'Loop for hanging']),
  product('apron', 'Workshop apron', 'Textiles', 4600, 'Waxed cotton, four pockets, no fuss.',
    ['One size, long straps', 'Wipe clean', 'Pocket for a phone']),
  product('lamp', 'Beacon lamp', 'Light', 9800, 'A reading lamp that turns to where the book is.',
    ['Dimmable', 'Bulb included, E14', 'Two metres of cloth cable']),
  product('candles', 'Beeswax candles', 'Light', 1600, 'Six candles that burn clean and smell of summer.',
    ['Pack of six', 'Eight hours each', 'Cotton wick']),
  product('lantern', 'Porch lantern', 'Light', 5400, 'Keeps a flame alive in a north wind.',
    ['28 cm tall', 'Tempered glass', 'For candles up to 8 cm']),
  product('planter', 'Terrace planter', 'Garden', 3300, 'Terracotta that has already met the frost.',
    ['22 cm across', 'Saucer included', 'Frost proof to −15 °C']),
  product('can', 'Watering can', 'Garden', 5800, 'A long spout for the pot at the back.',
    ['Holds 1.5 litres', 'Powder coated steel', 'Balanced when full']),
  product('basket', 'Market basket', 'Garden', 4700, 'Willow, woven tight enough for cherries.',
    ['38 cm long', 'Leather handles', 'Back in the spring'], false),
];

/** The product of this id, if the shop has it. */
export function findProduct(id: string | null): Product | undefined {
  return PRODUCTS.find((product) => product.id === id);
}

/** The products whose name, line, category or facts hold every word of the query. */
export function searchProducts(query: string): Product[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  return PRODUCTS.filter((product) => {
    const text = [product.name, product.line, product.category, ...product.facts].join(' ').toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
