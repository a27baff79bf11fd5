/** The entry: the page in the body of its document. */

import './styles/main.css';

import { render } from 'preact';

import { PageModel } from './shell/model.ts';
import { Page } from './shell/page.tsx';
import { restoreTheme } from './ui/theme.ts';

restoreTheme();
const model = new PageModel();
render(<Page model={model} />, document.body);
model.start();
