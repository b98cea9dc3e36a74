import * as z from 'zod'
import { invalidField } from '../chat/describe-mismatch.ts'
import { languageCode } from '../speech/languages.ts'

/** An empty field of a form says nothing. Not an alternative of a union: what is wanted would then be told as `""` too. */
export function unlessEmpty<Schema extends z.ZodType>(schema: Schema) {
  return z.preprocess((written) => (written === '' ? undefined : written), schema.nullish())
}

/** Forms hold text only, JSON bodies hold values: either will do. */
export const formText = (lengthMax: number) => unlessEmpty(z.string().max(lengthMax))

const decimal = /^\d{1,3}(\.\d{1,20})?$/
const decimalText = z.string().regex(decimal, 'a number').transform(Number)

export const formTemperature = unlessEmpty(
  z.union([z.number().min(0).max(1), decimalText.pipe(z.number().min(0).max(1))]),
)

const truths: Readonly<Record<string, boolean>> = {
  '': false,
  true: true,
  '1': true,
  yes: true,
  false: false,
  '0': false,
  no: false,
}

/** In any case: forms are made by Python too. */
const formTruth = z
  .string()
  .toLowerCase()
  .pipe(z.enum(['', 'true', 'false', '1', '0', 'yes', 'no']))
  .transform((word) => truths[word] ?? false)

export const formBoolean = z.union([z.boolean(), formTruth]).nullish()

/** For the description of the API; uploads are streamed past schemas. */
export const formFile = z.string().meta({ format: 'binary' }).describe('The audio.')
export const formModel = z.string().optional().describe('Picks the service.')

/** A prompt is what was said in half a minute before. */
export const promptLengthMax = 1024

/** Null where the model is to find out. Throws `invalid-request` for what is no language of the model's. */
export function decodeLanguage(written: string | null | undefined, field = 'language'): string | null {
  if (written == null || written.trim() === '' || written.trim().toLowerCase() === 'auto') return null
  const code = languageCode(written)
  if (code === undefined) {
    const found = /^[\w-]{1,16}$/.test(written) ? JSON.stringify(written) : `a string of ${written.length} characters`
    throw invalidField(field, found, 'an ISO 639-1 code such as "de", or "auto"')
  }
  return code
}
