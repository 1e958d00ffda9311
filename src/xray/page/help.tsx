/** How to read the page, and its keys. */
import { useEffect, useRef } from 'preact/hooks';
import { words } from '../desk/settings.js';

interface HelpProps {
  readonly isOpen: boolean;
  onClose(): void;
}

export function Help({ isOpen, onClose }: HelpProps) {
  const { helpPage } = words();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (isOpen) dialog.current?.showModal();
    else dialog.current?.close();
  }, [isOpen]);
  const keys = [
    ['Space', helpPage.space],
    ['→', helpPage.right],
    ['←', helpPage.left],
    ['1 – 7', helpPage.digits],
    ['?', helpPage.question],
    ['Esc', helpPage.escape],
  ] as const;
  return (
    <dialog ref={dialog} class="help" aria-label={helpPage.title} onClose={onClose}>
      <h2>{helpPage.title}</h2>
      {helpPage.paragraphs.map((text) => (
        <p key={text}>{text}</p>
      ))}
      <h3>{helpPage.keys}</h3>
      <dl>
        {keys.map(([key, text]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
      <button type="button" class="main" onClick={onClose}>
        {helpPage.close}
      </button>
    </dialog>
  );
}
