// The product pictures: drawn here, so that the shop needs no image and no network. Colours are classes (base.css),
// because the shop's content security policy allows no style attribute.

const DRAWINGS: Record<string, string> = {
  mug: `
    <path class="a-line a-thick" d="M138 84c34-6 36 50-4 50"/>
    <path class="a-1" d="M58 62h84v74c0 18-14 28-42 28s-42-10-42-28z"/>
    <path class="a-2" d="M58 62h84v30c-20 12-34-4-50 4-14 7-24 3-34-2z"/>
    <ellipse class="a-3" cx="100" cy="62" rx="42" ry="10"/>`,
  bowl: `
    <path class="a-1" d="M34 84h132c0 44-28 74-52 74H86c-24 0-52-30-52-74z"/>
    <path class="a-2" d="M37 104c40 14 86 14 126 0-1 8-4 16-7 22-36 12-76 12-112 0-3-6-6-14-7-22z"/>
    <ellipse class="a-3" cx="100" cy="84" rx="66" ry="14"/>
    <path class="a-1" d="M82 158h36l4 8H78z"/>`,
  teapot: `
    <path class="a-line a-thick" d="M138 92c40-18 44 46 2 48"/>
    <path class="a-1" d="M62 104 24 80c-6 8-2 14 4 20l36 36z"/>
    <path class="a-1" d="M56 116c0-30 20-48 46-48s46 18 46 48-20 48-46 48-46-18-46-48z"/>
    <path class="a-2" d="M64 92c8-16 22-24 38-24s30 8 38 24c-24 8-52 8-76 0z"/>
    <circle class="a-3" cx="102" cy="60" r="9"/>`,
  plate: `
    <circle class="a-1" cx="100" cy="104" r="68"/>
    <circle class="a-3" cx="100" cy="104" r="46"/>
    <path class="a-2" d="M54 104a46 46 0 0 0 92 0c-16-10-30 8-46 0s-30 8-46 0z"/>`,
  vase: `
    <path class="a-line" d="M100 60V20M96 62 78 26M104 62l20-34"/>
    <circle class="a-4" cx="100" cy="18" r="8"/><circle class="a-4" cx="76" cy="24" r="7"/><circle class="a-4" cx="126" cy="26" r="7"/>
    <path class="a-1" d="M88 58h24v22c0 12 22 20 22 50 0 22-14 36-34 36s-34-14-34-36c0-30 22-38 22-50z"/>
    <path class="a-2" d="M66 130c20 10 44-10 68 0 0 22-14 36-34 36s-34-14-34-36z"/>`,
  blanket: `
    <path class="a-1" d="M40 66h120v92H40z"/>
    <path class="a-2" d="M40 84h120v10H40zM40 112h120v18H40z"/>
    <path class="a-3" d="M64 66h10v92H64zM124 66h8v92h-8z"/>
    <path class="a-line" d="M44 158v12M58 158v12M72 158v12M86 158v12M100 158v12M114 158v12M128 158v12M142 158v12M156 158v12"/>`,
  cushion: `
    <path class="a-1" d="M44 58c36 10 76 10 112 0 12 2 12 10 8 20-6 22-6 40 0 62 4 10 2 18-8 20-36-10-76-10-112 0-10-2-12-10-8-20 6-22 6-40 0-62-4-10-2-18 8-20z"/>
    <path class="a-2" d="M100 74l30 34-30 34-30-34z"/>
    <path class="a-3" d="M100 90l16 18-16 18-16-18z"/>`,
  towel: `
    <path class="a-line" d="M46 50h108"/>
    <path class="a-1" d="M64 50h72v114H64z"/>
    <path class="a-2" d="M64 130h72v8H64zM64 144h72v4H64z"/>
    <path class="a-3" d="M100 50h36v96h-36z"/>
    <path class="a-2" d="M100 122h36v6h-36z"/>`,
  apron: `
    <path class="a-line" d="M80 56c0-26 40-26 40 0M66 100c-16 2-24 8-30 18M134 100c16 2 24 8 30 18"/>
    <path class="a-1" d="M80 54h40c2 22 6 36 16 44v66H64V98c10-8 14-22 16-44z"/>
    <path class="a-2" d="M78 112h44v32H78z"/><path class="a-3" d="M88 66h24v18H88z"/>`,
  lamp: `
    <path class="a-line a-thick" d="M100 156 128 96 84 64"/>
    <path class="a-1" d="M98 44 60 96c-16-6-26-22-20-38 6-18 34-28 58-14z"/>
    <path class="a-4" d="M60 96c-8-3-16-9-19-17l24-14z"/>
    <circle class="a-3" cx="128" cy="96" r="7"/>
    <path class="a-2" d="M66 156h68c4 0 6 4 6 10H60c0-6 2-10 6-10z"/>`,
  candles: `
    <path class="a-4" d="M66 34c10 14 8 22 0 24-8-2-10-10 0-24zM100 22c10 14 8 22 0 24-8-2-10-10 0-24zM134 42c10 14 8 22 0 24-8-2-10-10 0-24z"/>
    <path class="a-1" d="M56 66h20v100H56zM90 54h20v112H90zM124 74h20v92h-20z"/>
    <path class="a-2" d="M56 128h20v10H56zM90 120h20v10H90zM124 134h20v10h-20z"/>`,
  lantern: `
    <path class="a-line" d="M78 50c0-34 44-34 44 0"/>
    <path class="a-1" d="M72 50h56l12 18H60z"/><path class="a-3" d="M64 68h72v80H64z"/>
    <path class="a-4" d="M100 88c14 20 10 32 0 34-10-2-14-14 0-34z"/>
    <path class="a-2" d="M92 122h16v26H92z"/>
    <path class="a-1" d="M60 148h80v14H60zM62 68h8v80h-8zM130 68h8v80h-8z"/>`,
  planter: `
    <path class="a-5" d="M100 92C70 84 60 56 66 34c22 8 34 30 34 58zM100 92c-2-34 12-58 36-66 6 30-8 58-36 66zM98 92c-22 4-44-4-52-22 22-8 44 2 52 22z"/>
    <path class="a-1" d="M54 90h92v20H54z"/><path class="a-2" d="M60 110h80l-10 50H70z"/>
    <path class="a-3" d="M58 160h84v8H58z"/>`,
  can: `
    <path class="a-line a-thick" d="M118 76c4-44 56-30 36 40"/>
    <path class="a-1" d="M74 120 34 70l-12 8 46 66z"/><path class="a-3" d="M14 74l24-18 6 10-22 16z"/>
    <path class="a-1" d="M70 82h72l8 80H62z"/><path class="a-2" d="M67 116h80l2 16H65z"/>`,
  basket: `
    <path class="a-line a-thick" d="M62 92c0-62 76-62 76 0"/>
    <path class="a-1" d="M34 88h132l-14 72H48z"/>
    <path class="a-2" d="M37 104h126l-3 12H40zM42 130h116l-3 12H45z"/>
    <path class="a-3" d="M74 88h10l4 72H78zM116 88h10l-4 72h-10z"/>`,
};

/** The picture of a product. It is decoration: the product's name stands beside it. */
export function drawing(id: string): string {
  return `<svg class="art" viewBox="0 0 200 200" aria-hidden="true" focusable="false"><ellipse class="a-shade" cx="100" cy="170" rx="62" ry="8"/>${DRAWINGS[id] ?? ''}</svg>`;
}
