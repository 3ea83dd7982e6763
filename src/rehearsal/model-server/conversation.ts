/** A request of the Messages API, read as a conversation. */

interface RawBlock {
  type?: string
  text?: string
  content?: string | RawBlock[]
  is_error?: boolean
}

/** The parts of a request body that matter here; everything else passes unread. */
export interface MessagesRequest {
  model?: string
  stream?: boolean
  system?: string | RawBlock[]
  messages?: { role: string; content: string | RawBlock[] }[]
  tools?: unknown[]
  metadata?: { user_id?: string }
  output_config?: { format?: { schema?: unknown } }
  output_format?: { schema?: unknown }
}

export interface ToolResult {
  text: string
  error: boolean
}

/** One message, without the reminders and notices that the agent adds. */
export interface Turn {
  role: 'user' | 'assistant'
  text: string
  results: ToolResult[]
}

/** What a scenario may look at. */
export interface Conversation {
  session: string | null
  /** Id of the subagent that asks; null: the main conversation. */
  agent: string | null
  /** The agent's working directory as its system prompt states it. */
  cwd: string | null
  /** Every prompt of the person so far, oldest first; the last one is being worked on. */
  prompts: string[]
  prompt: string
  /** Answers given since that prompt: the index of the step that is asked for. */
  step: number
  /** Tool results since that prompt: one list for each step that used tools, oldest first. */
  results: ToolResult[][]
}

const NOTICES = /<(system-reminder|task-notification)>[\s\S]*?<\/\1>/g

/** A user message without the agent's own notices, which are not part of any prompt. */
export function withoutNotices(text: string): string {
  return text.replace(NOTICES, '').trim()
}

export function textOf(content: string | RawBlock[] | undefined): string {
  if (content === undefined) return ''
  if (typeof content === 'string') return content
  return content
    .filter((block) => block.type === 'text')
    .map((block) => block.text ?? '')
    .join('\n')
}

export function turnsOf(body: MessagesRequest): Turn[] {
  const turns: Turn[] = []
  for (const message of body.messages ?? []) {
    if (message.role !== 'user' && message.role !== 'assistant') continue
    const blocks = Array.isArray(message.content) ? message.content : []
    turns.push({
      role: message.role,
      text: withoutNotices(textOf(message.content)),
      results: blocks
        .filter((block) => block.type === 'tool_result')
        .map((block) => ({ text: textOf(block.content), error: block.is_error === true })),
    })
  }
  return turns
}

export function systemText(body: MessagesRequest): string {
  return textOf(
    typeof body.system === 'string' ? body.system : body.system?.map((b) => ({ ...b, type: 'text' })),
  )
}

/** The working directory, which the agent states in its system prompt or in a reminder of its first messages. */
export function cwdOf(body: MessagesRequest): string | null {
  const start = [systemText(body), ...(body.messages ?? []).slice(0, 4).map((m) => textOf(m.content))].join(
    '\n',
  )
  return (
    /(?:primary working directory|working directory|cwd):\s*(\/[^\n<]*)/i.exec(start)?.[1]?.trim() ?? null
  )
}

/** The file that the agent in plan mode is told to write its plan to; null: it was told of none. */
export function planFileOf({ messages = [] }: MessagesRequest): string | null {
  const said = messages.map(({ content }) => textOf(content)).join('\n')
  return /(?<=[\s"`'])\/[^\s"`']*\/plans\/[^\s"`']+\.md/.exec(said)?.[0] ?? null
}

/** Conversation and subagent of a request: from headers, in older agents from the metadata. */
export function identityOf(
  headers: Record<string, string | string[] | undefined>,
  body: MessagesRequest,
): { session: string | null; agent: string | null } {
  const one = (name: string): string | null => {
    const value = headers[name]
    return (Array.isArray(value) ? value[0] : value) ?? null
  }
  return {
    session: one('x-claude-code-session-id') ?? sessionInMetadata(body.metadata?.user_id),
    agent: one('x-claude-code-agent-id'),
  }
}

function sessionInMetadata(userId: string | undefined): string | null {
  if (!userId?.startsWith('{')) return null
  try {
    const id = (JSON.parse(userId) as { session_id?: unknown }).session_id
    return typeof id === 'string' ? id : null
  } catch {
    return null
  }
}
