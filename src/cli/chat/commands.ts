import { ClientError } from '../../client/client-error.ts'
import { readImage } from '../../client/read-image.ts'
import { nearestName } from '../../wire/nearest-name.ts'
import { expandHome } from './expand-home.ts'
import { saveTalk } from './save-talk.ts'
import type { Talk } from './talk.ts'

export interface Session {
  readonly talk: Talk
  isOver: boolean
}

interface Command {
  readonly usage: string
  readonly purpose: string
  /** Returns what to say of it. Throws ClientError. */
  run(argument: string, session: Session): string | Promise<string>
}

const commands: Readonly<Record<string, Command>> = {
  image: { usage: '/image FILE', purpose: 'have an image go with the next message', run: addImage },
  thinking: { usage: '/thinking on|off', purpose: 'have the model think first, or not', run: setThinking },
  system: { usage: '/system TEXT', purpose: 'set the system prompt; without a text, remove it', run: setSystem },
  clear: { usage: '/clear', purpose: 'forget what was said; the system prompt stays', run: clear },
  save: {
    usage: '/save FILE',
    purpose: 'write the conversation to a new file, as JSON if it ends in .json',
    run: save,
  },
  help: { usage: '/help', purpose: 'this list; Ctrl-C stops an answer, // begins a message with a slash', run: help },
  quit: { usage: '/quit', purpose: 'end the session, as Ctrl-D does', run: quit },
}

/** Runs a line that begins with a slash. Throws ClientError. */
export async function obey(line: string, session: Session): Promise<string> {
  const [, name = '', argument = ''] = /^\/(\S*)\s*(.*?)\s*$/s.exec(line) ?? []
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (command === undefined) {
    const nearest = nearestName(name, Object.keys(commands))
    throw new ClientError(`There is no command /${name}; the nearest is /${nearest}. /help lists them all.`)
  }
  return command.run(argument, session)
}

async function addImage(file: string, { talk }: Session): Promise<string> {
  if (file === '') throw new ClientError('Which file? /image FILE')
  const image = await readImage(expandHome(file))
  talk.images = [...talk.images, image]
  return `${talk.images.map(({ name }) => name).join(', ')}: with the next message.`
}

function setThinking(state: string, { talk }: Session): string {
  if (state !== 'on' && state !== 'off') throw new ClientError(`Thinking is ${thinkingState(talk)}. /thinking on|off`)
  talk.thinking = state === 'on'
  return `Thinking is ${state}.`
}

function thinkingState({ thinking }: Talk): string {
  if (thinking === undefined) return 'left to the server'
  return thinking ? 'on' : 'off'
}

function setSystem(text: string, { talk }: Session): string {
  talk.system = text === '' ? undefined : text
  return text === '' ? 'There is no system prompt.' : 'The system prompt is set.'
}

function clear(_argument: string, { talk }: Session): string {
  talk.turns = []
  talk.images = []
  return 'The conversation is empty.'
}

async function save(file: string, { talk }: Session): Promise<string> {
  if (file === '') throw new ClientError('Which file? /save FILE')
  const path = expandHome(file)
  await saveTalk(talk, path)
  return `Saved as ${path}.`
}

function help(): string {
  const all = Object.values(commands)
  const width = Math.max(...all.map(({ usage }) => usage.length))
  return all.map(({ usage, purpose }) => `${usage.padEnd(width)}  ${purpose}`).join('\n')
}

function quit(_argument: string, session: Session): string {
  session.isOver = true
  return 'Goodbye.'
}
