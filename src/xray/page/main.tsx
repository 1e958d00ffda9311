/** The page of the X-ray. */
import { effect } from '@preact/signals';
import { render } from 'preact';
import { Connection, takeToken } from '../desk/connection.js';
import { Desk } from '../desk/desk.js';
import { parseMoment } from '../desk/link.js';
import { applySettings } from '../desk/settings.js';
import { App } from './app.js';

applySettings();
const desk = new Desk(new Connection(takeToken()));
const root = document.createElement('div');
document.body.replaceChildren(root);
render(<App desk={desk} />, root);
void desk.start(parseMoment(location.hash));

// The address is a link to the moment that is shown. A browser allows 200 changes in 30 s.
const ADDRESS_MS = 300;
let timer: number | undefined;
effect(() => {
  const { link } = desk;
  clearTimeout(timer);
  timer = window.setTimeout(() => history.replaceState(null, '', link === '' ? location.pathname : link), ADDRESS_MS);
});
