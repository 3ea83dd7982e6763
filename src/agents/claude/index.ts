/** Claude Code: the person's own program, login, settings and conversations. */
import type { Agent } from '../agent.ts'
import { HANDOFF_REQUEST, readHandoff } from '../handoff.ts'
import { answerBody } from './answer.ts'
import { ruleOf, rulesLeftBehind } from './approvals.ts'
import { conversationOfClaude } from './conversation.ts'
import { sweepConversations } from './conversations.ts'
import { sessionFiles } from './files.ts'
import { claudeProgram, findClaude } from './find.ts'
import { interpretClaude } from './interpret.ts'
import { INTERRUPT, promptKeys } from './keys.ts'
import { MODES, prepareClaude } from './launch.ts'
import { requireLogin } from './login.ts'
import { observeClaude } from './observe.ts'
import { loginSpan, renewLogin } from './renew.ts'
import { usageOfClaude } from './usage.ts'

export const claude: Agent = {
  name: 'claude',
  title: 'Claude Code',
  hooks: true,
  modes: Object.keys(MODES),
  resumable: true,
  find: (_brief, env) => findClaude(env),
  installed: (env) => claudeProgram(env) !== null,
  ready: async (_installation, env) => {
    requireLogin(env)
  },
  login: { span: loginSpan, renew: renewLogin },
  prepare: prepareClaude,
  ended: ({ env, workspace }) => sweepConversations(env, workspace),
  interpret: interpretClaude,
  observe: observeClaude,
  answer: answerBody,
  approvals: {
    ruleOf,
    leftBehind: ({ stateDir, workspace, repositoryRoot, env }) =>
      rulesLeftBehind(sessionFiles(stateDir).config, workspace, repositoryRoot, env),
  },
  keys: promptKeys,
  interrupt: INTERRUPT,
  usage: usageOfClaude,
  conversation: conversationOfClaude,
  handoffRequest: HANDOFF_REQUEST,
  handoff: readHandoff,
}
