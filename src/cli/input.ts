/** What a person types or pipes into a command. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { WorktrainError } from '../protocol/errors.ts'
import type { Context } from './context.ts'

/** Words as one text; a single `-` is standard input. @throws USAGE when it comes to nothing */
export async function textOf(ctx: Context, words: readonly string[]): Promise<string> {
  const text = words.length === 1 && words[0] === '-' ? await readAll(ctx) : words.join(' ')
  if (text.trim() === '') throw new WorktrainError('USAGE', 'There is no text.')
  return text
}

/** A file of the person's, or standard input for `-`. @throws USAGE when it cannot be read */
export async function fileOf(ctx: Context, path: string): Promise<string> {
  if (path === '-') return readAll(ctx)
  try {
    return readFileSync(resolve(ctx.cwd, path), 'utf8')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const why =
      code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a directory' : message
    throw new WorktrainError('USAGE', `${path} cannot be read: ${why}.`, {
      hint: 'Correct the path; `-` reads standard input.',
      cause: error,
    })
  }
}

async function readAll(ctx: Context): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of ctx.stdin) chunks.push(Buffer.from(chunk as Buffer))
  return Buffer.concat(chunks).toString()
}

/** Is somebody there to be asked? */
export function canAsk(ctx: Context): boolean {
  return ctx.stdin.isTTY === true && ctx.stdout.isTTY === true && !ctx.json
}

/** One line from the person. @throws NEEDS_PERSON when they leave (Ctrl-D, Ctrl-C) */
export async function ask(ctx: Context, question: string): Promise<string> {
  const prompt = createInterface({ input: ctx.stdin, output: ctx.stdout })
  const left = new Promise<never>((_resolve, reject) => {
    prompt.once('close', () => reject(new WorktrainError('NEEDS_PERSON', 'Nothing was answered.')))
  })
  try {
    return (await Promise.race([prompt.question(question), left])).trim()
  } finally {
    // The loser of the race must not become an unhandled rejection.
    left.catch(() => {})
    prompt.close()
  }
}

/** A whole number of at least 1. @throws USAGE */
export function wholeNumber(flag: string, text: string, least = 1): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < least) {
    throw new WorktrainError('USAGE', `${flag} takes a whole number from ${least}, not "${text}".`)
  }
  return value
}
