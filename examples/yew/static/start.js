// Starts the front end. A page that allows inline scripts can contain this itself.
import init from './shop.js';

await init();
