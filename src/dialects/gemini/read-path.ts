import { GatewayError } from '../../chat/gateway-error.ts'
import type { Asked, Purpose } from '../dialect.ts'
import { modelName } from '../model-of.ts'

const purposes = {
  generateContent: 'answer',
  streamGenerateContent: 'answer',
  countTokens: 'count-tokens',
  embedContent: 'embed',
  batchEmbedContents: 'embed',
} as const satisfies Record<string, Purpose>

export type Method = keyof typeof purposes

export const methods: readonly string[] = Object.keys(purposes)

/** `gemma4:generateContent`: everything before the last colon is the model's name, in which there may be slashes. */
export function modelOfPath({ path }: Pick<Asked, 'path'>): string | undefined {
  return modelName(path.slice(0, Math.max(path.lastIndexOf(':'), 0)).replace(/^models\//, ''))
}

/** Throws `unknown-route`. */
export function methodOf({ path }: Pick<Asked, 'path'>): Method {
  const method = path.slice(path.lastIndexOf(':') + 1)
  if (path.includes(':') && isMethod(method)) return method
  const message = `There is no such method; a model has ${methods.join(', ')}.`
  throw new GatewayError('unknown-route', message)
}

export function purposeOf(asked: Pick<Asked, 'path'>): Purpose {
  return purposes[methodOf(asked)]
}

function isMethod(name: string): name is Method {
  return Object.hasOwn(purposes, name)
}
