/** The web board: starts it, and lets the browser in when its address holds a code. */
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { letIn } from './connection.ts'
import { followNotifications } from './push.ts'
import { scriptStyles } from './page-styles.ts'
import { startBoard } from './store.ts'
import { showWholeFocus } from './whole-focus.ts'
import './style/tokens.css'
import './style/base.css'
import './style/board.css'
import './style/session.css'
import './style/views.css'
import './style/terminals.css'
import './style/review.css'
import './style/pages.css'

scriptStyles(document)
showWholeFocus(document)
const root = document.getElementById('root')
if (root === null) throw new Error('the page has no place for the board')
const refused = await letIn()
startBoard()
followNotifications()
createRoot(root).render(
  <StrictMode>
    <App refused={refused} />
  </StrictMode>,
)
