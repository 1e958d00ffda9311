/** The page of the X-ray. */
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
