import { writeFile } from 'node:fs/promises'
import { ClientError } from '../../client/client-error.ts'
import type { Turn } from '../../client/conversation.ts'
import type { Talk } from './talk.ts'

/** Writes a new file; one that is there stays as it is. Throws ClientError. */
export async function saveTalk(talk: Talk, path: string): Promise<void> {
  try {
    await writeFile(path, path.endsWith('.json') ? asJson(talk) : asMarkdown(talk), { flag: 'wx' })
  } catch (thrown) {
    const isThere = thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST'
    throw new ClientError(isThere ? `${path} is there already.` : `${path} cannot be written.`, { cause: thrown })
  }
}

/** Images are told by their names. */
function asJson({ dialect, model, system, turns }: Talk): string {
  const said = turns.map(({ role, text, images }) => ({ role, text, images: images.map(({ name }) => name) }))
  return `${JSON.stringify({ dialect, model, system: system ?? null, turns: said }, null, 2)}\n`
}

function asMarkdown({ model, system, turns }: Talk): string {
  const sections = turns.map(({ role, text, images }: Turn) => {
    const shown = images.map(({ name }) => `(image: ${name})\n\n`).join('')
    return `## ${role === 'user' ? 'You' : model}\n\n${shown}${text}\n`
  })
  const before = system === undefined ? [] : [`## System\n\n${system}\n`]
  return [`# Conversation with ${model}\n`, ...before, ...sections].join('\n')
}
