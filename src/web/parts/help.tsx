/** The keys, on `?`. */
import { useEffect, useRef } from 'react'

const KEYS = [
  ['n', 'to the session that needs you most, then to the next'],
  ['j  k', 'down and up on the board'],
  ['Enter', 'open'],
  ['a  A  d', 'allow once, always, deny'],
  ['1 – 9', 'choose that answer'],
  ['/', 'filter'],
  ['l', 'land (on a session that is ready)'],
  ['m', 'message to the session'],
  ['p  e  o', 'pin, rename, note something'],
  ['g', 'on the board: by repository, or not'],
  ['i', 'type into its terminal; Ctrl-] leaves it'],
  ['[  ]', 'previous and next view of a session'],
  ['j k  J K', 'in a review: next line, next file; Enter comments on the line'],
  ['m', 'in a review: gone through the file, or not'],
  ['|', 'in a review: side by side'],
  ['y  Y  R', 'in a review: approve, approve and land, reject'],
  ['b  t  c  w', 'board, train, new session, terminals side by side'],
  ['1 – 4', 'side by side: type into that terminal'],
  ['?', 'these keys'],
] as const

export function Help({ close }: { close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  return (
    <dialog ref={dialog} className="help" aria-labelledby="help-title" onClose={close}>
      <h2 id="help-title">Keys</h2>
      <dl>
        {KEYS.map(([key, does]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <form method="dialog">
        <button type="submit">Close</button>
      </form>
    </dialog>
  )
}
