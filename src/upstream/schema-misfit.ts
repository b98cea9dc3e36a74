import { createRequire } from 'node:module'
import type { ErrorObject } from 'ajv/dist/2020.js'
import type { JsonObject } from '../chat/chat-request.ts'
import { linearPattern } from './linear-pattern.ts'

/**
 * What is wrong with a value by a JSON schema, in words for the model; undefined where it fits, or where the schema is
 * none that can be checked. The schema may be anything: compiling and checking may take long, and run out of the stack.
 */
export function schemaMisfit(schema: JsonObject, value: unknown, name: string): string | undefined {
  const fits = compile(schema)
  if (fits === undefined || fits(value)) return undefined
  const words = (fits.errors ?? []).map((error) => describe(error, name)).join('; ')
  return words.slice(0, wordsMax).toWellFormed()
}

type AjvModule = typeof import('ajv/dist/2020.js')
let loaded: AjvModule | undefined

/**
 * Loaded with the first schema that is checked: most gateways never check one, and every start would take longer. To be
 * called before anything that may be ended in the middle: a module whose loading is ended stays broken for good. The first
 * schema of all takes ten times as long as those after it, so that it is one of ours.
 */
export function loadAjv(): AjvModule {
  if (loaded !== undefined) return loaded
  // It is this package's own module, whose types these are.
  loaded = createRequire(import.meta.url)('ajv/dist/2020.js') as AjvModule
  const name = { type: 'string', pattern: '^[a-z]+$' }
  schemaMisfit({ type: 'object', properties: { name }, required: ['name'] }, { name: '0' }, 'it')
  return loaded
}

function compile(schema: JsonObject) {
  const ajv = new (loadAjv().Ajv2020)({
    meta: false,
    validateSchema: false,
    addUsedSchema: false,
    strict: false,
    logger: false,
    validateFormats: false,
    // One error is enough to say, and all of them could be many; what a reference stands for is compiled once.
    allErrors: false,
    inlineRefs: false,
    code: { optimize: false, regExp },
  })
  try {
    return ajv.compile(withoutIdentity(schema))
  } catch {
    return undefined
  }
}

/** `code` is for those who write the check into a file. */
const regExp = Object.assign(linearPattern, { code: 'new RegExp' })

/** Whatever draft a schema says it is of, it is read as this one; an asynchronous one would answer with a promise. */
function withoutIdentity(schema: JsonObject): JsonObject {
  const { $schema: _draft, $id: _id, $async: _async, ...rest } = schema
  return rest
}

function describe({ instancePath, message = 'does not fit', params }: ErrorObject, name: string): string {
  const detail: unknown = params['additionalProperty'] ?? params['allowedValues']
  return `${name}${instancePath} ${message}${detail === undefined ? '' : ` (${JSON.stringify(detail)})`}`
}

/** Of what a caller and a model wrote, this much is repeated to the model, in characters. */
const wordsMax = 1000
