/** The name of the page, the programs that it shows, recordings, language and colours. */
import { useRef } from 'preact/hooks';
import type { Desk } from '../desk/desk.js';
import { readRecording, save } from '../desk/files.js';
import { language, THEMES, theme, words } from '../desk/settings.js';
import { chromeTrace } from '../view/chrome-trace.js';
import { formatRecording, RecordingError } from '../view/recording-text.js';
import { formatStrace } from '../view/strace-text.js';

interface TopBarProps {
  readonly desk: Desk;
  onHelp(): void;
}

export function TopBar({ desk, onHelp }: TopBarProps) {
  const text = words();
  return (
    <header class="bar">
      <h1 class="brand">
        <svg viewBox="0 0 32 32" aria-hidden="true">
          <path d="M11.2 24.3A10.5 10.5 0 1 1 20.8 24.3" />
          <circle cx="16" cy="26" r="4.5" />
        </svg>
        {text.name}
      </h1>
      <p class="tagline">{text.tagline}</p>
      <div class="end">
        {desk.isLive.value && <Programs desk={desk} />}
        <FileMenu desk={desk} />
        <button
          type="button"
          class="plain"
          aria-label={text.languageHint}
          onClick={() => {
            language.value = language.value === 'en' ? 'zh' : 'en';
          }}
        >
          {text.language}
        </button>
        <button
          type="button"
          class="plain"
          aria-label={text.theme[theme.value]}
          title={text.theme[theme.value]}
          onClick={() => {
            theme.value = THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length] ?? 'auto';
          }}
        >
          <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
            <path d="M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1zm0 1.5v11a5.5 5.5 0 0 1 0-11z" />
          </svg>
        </button>
        <button
          type="button"
          class="plain"
          aria-label={text.help}
          title={text.help}
          aria-keyshortcuts="?"
          onClick={onHelp}
        >
          ?
        </button>
      </div>
    </header>
  );
}

function Programs({ desk }: { readonly desk: Desk }) {
  const text = words();
  const [first, second] = desk.projector.tracks.value.map((track) => track.latest.value.header?.model);
  const names = desk.models.value.map(({ name }) => name);
  const all = first !== undefined && !names.includes(first) ? [first, ...names] : names;
  return (
    <>
      <label class="pick">
        <span class="visually-hidden">{text.model}</span>
        <select
          value={first}
          title={text.modelHint}
          onChange={(event) => void desk.choose(event.currentTarget.value, second)}
        >
          {all.map((name) => (
            <option key={name} value={name}>
              {name === 'server' ? text.server : name}
            </option>
          ))}
        </select>
      </label>
      <label class="pick">
        <span class="visually-hidden">{text.compareWith}</span>
        <select
          value={second ?? ''}
          onChange={(event) => first !== undefined && void desk.choose(first, event.currentTarget.value || undefined)}
        >
          <option value="">{text.compareNone}</option>
          {names.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
    </>
  );
}

function FileMenu({ desk }: { readonly desk: Desk }) {
  const { file } = words();
  const menu = useRef<HTMLDetailsElement>(null);
  const track = desk.projector.tracks.value[0];
  function closeMenu(): void {
    if (menu.current) menu.current.open = false;
  }
  function saveAs(extension: string, type: string, text: string): void {
    save(`xray-${track?.latest.value.header?.model ?? 'recording'}.${extension}`, type, text);
    closeMenu();
  }
  async function copyLink(): Promise<void> {
    closeMenu();
    await navigator.clipboard.writeText(new URL(desk.link, location.href).href);
  }
  async function open(input: HTMLInputElement): Promise<void> {
    closeMenu();
    const [chosen] = input.files ?? [];
    if (chosen !== undefined) await openRecording(desk, chosen);
    input.value = '';
  }
  return (
    <details
      class="menu"
      ref={menu}
      onKeyDown={({ key }) => key === 'Escape' && closeMenu()}
      onFocusOut={({ relatedTarget }) => {
        if (!(relatedTarget instanceof Node && menu.current?.contains(relatedTarget))) closeMenu();
      }}
    >
      <summary>{file.menu}</summary>
      <div class="items" tabIndex={-1}>
        <label>
          {file.open}
          <input
            class="visually-hidden"
            type="file"
            accept=".jsonl,.json,.txt"
            onChange={(event) => void open(event.currentTarget)}
          />
        </label>
        <button
          type="button"
          title={file.saveHint}
          disabled={!track}
          onClick={() => track && saveAs('jsonl', 'application/jsonl', formatRecording(track.lines))}
        >
          {file.save}
        </button>
        <button
          type="button"
          disabled={!track}
          onClick={() => track && saveAs('strace.txt', 'text/plain', formatStrace(track.lines))}
        >
          {file.strace}
        </button>
        <button
          type="button"
          disabled={!track}
          onClick={() => track && saveAs('trace.json', 'application/json', JSON.stringify(chromeTrace(track.lines)))}
        >
          {file.perfetto}
        </button>
        {desk.isLive.value && (
          <button type="button" onClick={() => void copyLink()}>
            {file.link}
          </button>
        )}
      </div>
    </details>
  );
}

export async function openRecording(desk: Desk, file: File): Promise<void> {
  try {
    desk.openFile(file.name, await readRecording(file));
  } catch (error) {
    if (!(error instanceof RecordingError)) throw error;
    desk.problem.value = words().file.bad(error.message);
  }
}
