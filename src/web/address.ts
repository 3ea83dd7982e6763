/** The pages of the board, each with an address of its own. Pure. */

/** Views of a session. */
export const VIEWS = ['Terminal', 'Review', 'Conversation', 'Story', 'Cell'] as const
export type View = (typeof VIEWS)[number]

export type Page =
  | { page: 'board' }
  | { page: 'new'; plan?: boolean }
  | { page: 'train'; repo: string | null }
  | { page: 'usage' }
  /** Sessions side by side, by id; empty: those that the page chooses. */
  | { page: 'terminals'; of: string[] }
  | { page: 'settings'; repo: string | null }
  | { page: 'session'; id: string; view?: View }
  | { page: 'nowhere' }

export function pageAt(path: string, query: string): Page {
  if (path === '/') return { page: 'board' }
  const said = new URLSearchParams(query)
  if (path === '/new') return { page: 'new', plan: said.has('plan') }
  if (path === '/usage') return { page: 'usage' }
  if (path === '/terminals') return { page: 'terminals', of: said.getAll('s') }
  if (path === '/train' || path === '/settings')
    return { page: path === '/train' ? 'train' : 'settings', repo: said.get('repo') }
  const id = decoded(/^\/s\/([^/]+)$/.exec(path)?.[1] ?? '')
  if (id === null || id === '') return { page: 'nowhere' }
  const asked = said.get('view')
  const view = VIEWS.find((each) => each === asked) ?? 'Terminal'
  return { page: 'session', id, view }
}

/** Null: it is not encoded as an address is. */
function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}

/** The inverse of {@link pageAt}. */
export function addressOf(page: Page): string {
  switch (page.page) {
    case 'session':
      return `/s/${encodeURIComponent(page.id)}${page.view === undefined || page.view === 'Terminal' ? '' : `?view=${page.view}`}`
    case 'train':
    case 'settings':
      return `/${page.page}${page.repo === null ? '' : `?repo=${encodeURIComponent(page.repo)}`}`
    case 'new':
      return page.plan ? '/new?plan' : '/new'
    case 'usage':
      return '/usage'
    case 'terminals':
      return `/terminals${page.of.length === 0 ? '' : `?${new URLSearchParams(page.of.map((id) => ['s', id]))}`}`
    default:
      return '/'
  }
}
