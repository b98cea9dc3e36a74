import * as z from 'zod'
import { chatServiceSchema, firstServiceName } from './chat-service-schema.ts'
import { embeddingsServiceSchema } from './embeddings-service-schema.ts'
import { isRawMap } from './raw-map.ts'
import { knownNames } from './section.ts'
import { transcriptionServiceSchema } from './transcription-service-schema.ts'

export const serviceSchemas = {
  chat: chatServiceSchema,
  embeddings: embeddingsServiceSchema,
  transcription: transcriptionServiceSchema,
}

type Kind = keyof typeof serviceSchemas
type Service = z.output<(typeof serviceSchemas)[Kind]>

const wantedKind = `one of ${Object.keys(serviceSchemas).join(', ')}`

/** A service is read by the schema of its kind, so that settings of another kind are unknown in it. */
export const serviceSchema = z.unknown().transform((raw, context): Service => {
  const kind = isRawMap(raw) ? (raw['kind'] ?? 'chat') : 'chat'
  if (!isKind(kind)) {
    context.addIssue({ code: 'custom', path: ['kind'], message: wantedKind })
    return z.NEVER
  }
  const { data, error } = serviceSchemas[kind].safeParse(raw)
  if (data !== undefined) return data
  // They are complete: zod keeps the words of an issue that has them, and puts its path below ours.
  context.issues.push(...(error.issues as z.core.$ZodRawIssue[]))
  // Nobody gets to see it, but for the checks of names over all services.
  return { ...(kind === 'chat' ? { name: firstServiceName } : {}), ...(isRawMap(raw) ? raw : {}) } as Service
})

function isKind(kind: unknown): kind is Kind {
  return typeof kind === 'string' && Object.hasOwn(serviceSchemas, kind)
}

/** The kinds of service that have a setting. */
export function kindsWith(setting: string): readonly string[] {
  return Object.keys(serviceSchemas).filter((kind) => isKind(kind) && settingsOf(kind).includes(setting))
}

/** Zod keeps the names where they cannot be had, but says them of a name that is none. */
function settingsOf(kind: Kind): string[] {
  const issues = serviceSchemas[kind].safeParse({ '': null }).error?.issues ?? []
  return issues.flatMap((issue) => (issue.code === 'unrecognized_keys' ? knownNames(issue.message) : []))
}
