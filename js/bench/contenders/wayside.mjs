// The script tag of the README.
export const start = () => {
  const tag = document.createElement('script');
  tag.src = '/wayside/wayside.js';
  tag.dataset.site = 'shop';
  document.head.append(tag);
};
export const call = (name, fields) => window.wayside(name, fields);
