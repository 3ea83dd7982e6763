/** The answer to a held PermissionRequest (facts/claude-code 3.5; shapes tried with 2.1.329). */
import { WorktrainError, type Answer, type Question } from '../../protocol/index.ts'
import { ruleOf } from './approvals.ts'
import { asObject, asText } from './files.ts'

/**
 * @returns the body of the hook's response
 * @throws ANSWER_INVALID when the answer does not fit the question
 */
export function answerBody(question: Question, answer: Answer): Record<string, unknown> {
  return { hookSpecificOutput: { hookEventName: 'PermissionRequest', decision: decision(question, answer) } }
}

function decision(question: Question, answer: Answer): Record<string, unknown> {
  if (answer.kind === 'deny')
    return { behavior: 'deny', message: answer.reason || 'The person who runs this session said no.' }
  if (answer.kind === 'choose') {
    if (question.kind !== 'question')
      throw invalid(`${question.tool} asks for a yes or no, not for a choice.`)
    return {
      behavior: 'allow',
      updatedInput: { ...asObject(question.input), answers: chosen(question, answer.choices) },
    }
  }
  // Without an answer Claude Code would tell the model that the person declined to answer.
  if (question.kind === 'question') throw invalid('It asks a question: choose one of its options.')
  const updatedInput = asObject(question.input) ?? {}
  if (question.kind === 'plan') {
    // Without a mode it asks for each edit of the plan it was just allowed to carry out.
    const mode = { type: 'setMode', mode: answer.always ? 'acceptEdits' : 'default', destination: 'session' }
    return { behavior: 'allow', updatedInput, updatedPermissions: [mode] }
  }
  if (!answer.always) return { behavior: 'allow', updatedInput }
  return { behavior: 'allow', updatedInput, updatedPermissions: lasting(question) }
}

/** Answers by the question's text; several labels in one string, as the terminal itself gives them. */
function chosen(question: Question, choices: string[][]): Record<string, string> {
  const asked = question.questions
  if (choices.length !== asked.length)
    throw invalid(`It asks ${asked.length} question(s), and ${choices.length} were answered.`)
  return Object.fromEntries(
    asked.map((each, i) => {
      const labels = (choices[i] ?? []).map((label) => label.trim()).filter(Boolean)
      if (labels.length === 0) throw invalid(`"${each.question}" has no answer.`)
      if (labels.length > 1 && !each.multiple) throw invalid(`"${each.question}" takes one answer.`)
      return [each.question, labels.join(', ')]
    }),
  )
}

/**
 * What holds for the rest of the session: the rule that the person was shown, if there is one for just this
 * call; else what the agent itself suggests. Never in a file of the workspace, where suggestions often go:
 * what lasts longer is kept by Worktrain.
 */
function lasting(question: Question): Record<string, unknown>[] {
  const [, toolName, ruleContent] = /^(\w[\w-]*)(?:\((.*)\))?$/.exec(ruleOf(question) ?? '') ?? []
  if (toolName !== undefined)
    return [addRule({ toolName, ...(ruleContent !== undefined && { ruleContent }) })]
  const suggested = (question.suggestions ?? [])
    .map(asObject)
    .filter((each) => each !== null)
    .map((each) => ({ ...each, destination: 'session' }))
  if (suggested.length > 0) return suggested
  const command = asText(asObject(question.input)?.command)
  return [addRule({ toolName: question.tool, ...(command !== '' && { ruleContent: command }) })]
}

function addRule(rule: Record<string, string>): Record<string, unknown> {
  return { type: 'addRules', rules: [rule], behavior: 'allow', destination: 'session' }
}

function invalid(message: string): WorktrainError {
  return new WorktrainError('ANSWER_INVALID', message)
}
