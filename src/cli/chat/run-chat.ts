import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import { ClientError } from '../../client/client-error.ts'
import { clientDialects } from '../../client/dialects.ts'
import { listModels } from '../../client/list-models.ts'
import { readImage } from '../../client/read-image.ts'
import { describeServer, type Server } from '../../client/server.ts'
import { readClientSettings } from '../../settings/client-settings.ts'
import { CliError } from '../output.ts'
import { cliEnvironment } from '../settings-options.ts'
import { answerOnce } from './answer-once.ts'
import type { ChatFlags } from './chat-flags.ts'
import { expandHome } from './expand-home.ts'
import { createLineReader } from './line-reader.ts'
import { createScreen } from './screen.ts'
import { holdSession } from './session.ts'
import type { Talk } from './talk.ts'

/** One prompt, or a conversation where both sides have a terminal. Throws CliError. */
export async function chat(flags: ChatFlags): Promise<void> {
  try {
    const isSession = flags.prompt === undefined && process.stdin.isTTY
    if (isSession && flags.json) throw new CliError('--json tells one answer: give --prompt, or a prompt on stdin.')
    const prompt = isSession ? undefined : await readPrompt(flags.prompt)
    if (prompt?.trim() === '') throw new CliError('The prompt is empty.')
    const talk = await openTalk(flags)
    if (prompt === undefined) await converse(talk)
    else await answerOnce({ talk, prompt, asJson: flags.json === true, screen: createScreen(process) })
  } catch (thrown) {
    throw thrown instanceof ClientError ? new CliError(thrown.message, { cause: thrown }) : thrown
  }
}

/** What comes through a pipe is what the prompt is about: it follows after a blank line. */
async function readPrompt(asked: string | undefined): Promise<string> {
  if (asked !== undefined && (process.stdin.isTTY || (await isSilent()))) return asked
  const piped = (await text(process.stdin)).replace(/\r?\n$/, '')
  if (asked === undefined || piped.trim() === '') return asked ?? piped
  return `${asked}\n\n${piped}`
}

/** A pipe may be open that nobody writes to, as in many a script: it is not waited for long, and then let go. */
async function isSilent(): Promise<boolean> {
  const spoke = once(process.stdin, 'readable').then(() => true)
  const waited = new AbortController()
  const silence = wait(silenceMs, false, { signal: waited.signal }).catch(() => false)
  const hasSpoken = await Promise.race([spoke, silence])
  waited.abort()
  if (!hasSpoken) process.stdin.destroy()
  return !hasSpoken
}

const silenceMs = 2000

async function openTalk({ dialect, baseUrl, key, ...flags }: ChatFlags): Promise<Talk> {
  const settings = readClientSettings({ environment: cliEnvironment(), dialect, baseUrl, key })
  const server = describeServer(clientDialects[dialect], settings.baseUrl, settings.key)
  const images = await Promise.all((flags.image ?? []).map((file) => readImage(expandHome(file))))
  const model = flags.model ?? (await firstModel(server, settings.isVendor))
  return {
    server,
    dialect,
    model,
    tokensMax: flags.maxTokens,
    turns: [],
    system: flags.system === '' ? undefined : flags.system,
    thinking: flags.thinking,
    images,
  }
}

async function firstModel(server: Server, isVendor: boolean): Promise<string> {
  if (isVendor) throw new CliError('Say with --model which model to ask: this server has many.')
  const [first] = await listModels(server, new AbortController().signal)
  if (first === undefined) throw new CliError('The server offers no model to this key.')
  return first
}

async function converse(talk: Talk): Promise<void> {
  // The prompt and what the keyboard writes stay off a stdout that is a file or a pipe.
  const output = process.stdout.isTTY ? process.stdout : process.stderr
  const lines = createLineReader({ input: process.stdin, output, prompt: '› ' })
  await holdSession({ talk, lines, screen: createScreen(process) })
}
