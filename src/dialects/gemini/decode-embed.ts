import { describeFound, invalidField } from '../../chat/describe-mismatch.ts'
import { GatewayError } from '../../chat/gateway-error.ts'
import { refuseFields } from '../../chat/refused-fields.ts'
import type { EmbeddingsInput, OverlongRule } from '../../embeddings/embeddings-request.ts'
import type { EmbeddingsPolicy } from '../../embeddings/embeddings-service.ts'
import type { Asked } from '../dialect.ts'
import type { DecodedEmbeddings } from '../embeddings-codec.ts'
import { parseWire } from '../parse-wire.ts'
import { promptFor } from './embedding-prompts.ts'
import { normaliseRequest } from './normalise-request.ts'
import { methodOf } from './read-path.ts'
import { type WireEmbed, wireBatchSchema, wireEmbedSchema } from './wire-embed.ts'

/** What the encoder needs of the request. */
export interface EmbedEcho {
  readonly isBatch: boolean
}

export function decodeEmbed(asked: Asked, policy: EmbeddingsPolicy): DecodedEmbeddings<EmbedEcho> {
  const { body } = asked
  if (typeof body === 'object' && body !== null) refuseFields(body)
  const isBatch = methodOf(asked) === 'batchEmbedContents'
  const wires = isBatch ? readBatch(body, policy) : [parseAt(normaliseRequest(body), '')]
  return {
    request: {
      inputs: wires.map((wire, at) => decodeInput(wire, isBatch ? `requests[${at}].` : '', policy)),
      overlong: decodeOverlong(wires, policy),
    },
    echo: { isBatch },
  }
}

function readBatch(body: unknown, { maxInputs }: EmbeddingsPolicy): WireEmbed[] {
  const { requests } = parseWire(wireBatchSchema, normaliseRequest(body))
  if (requests.length > maxInputs) {
    throw invalidField('requests', `a list of ${requests.length}`, `at most ${maxInputs} items`)
  }
  return requests.map((request, at) => parseAt(request, `requests[${at}].`))
}

/** Throws `invalid-request`, with the field as it stands in the whole body. */
function parseAt(request: unknown, at: string): WireEmbed {
  try {
    return parseWire(wireEmbedSchema, request)
  } catch (thrown) {
    if (!(thrown instanceof GatewayError) || at === '') throw thrown
    const field = at + (thrown.field ?? '')
    const place = field.replace(/\.$/, '')
    const message = thrown.message.replace(/^(?:The body|`[^`]*`)/, () => `\`${place}\``)
    throw new GatewayError(thrown.kind, message, { field: place })
  }
}

function decodeInput(wire: WireEmbed, at: string, { prompts }: EmbeddingsPolicy): EmbeddingsInput {
  const { taskType, title, outputDimensionality: count } = { ...wire.embedContentConfig, ...wire }
  const beside = wire.outputDimensionality !== undefined
  const dimensionsField = `${at}${beside ? '' : 'embedContentConfig.'}outputDimensionality`
  return {
    content: promptFor(textOf(wire, at), prompts, { taskType, title }),
    field: `${at}content`,
    dimensions: count === undefined ? undefined : { count, field: dimensionsField },
  }
}

function textOf({ content: { parts } }: WireEmbed, at: string): string {
  const other = parts.findIndex(({ text }) => text === undefined)
  if (other !== -1) {
    const field = `${at}content.parts[${other}]`
    const message = `\`${field}\` is not supported here: the model makes embeddings of text alone.`
    throw new GatewayError('unsupported-field', message, { field })
  }
  const text = parts.map((part) => part.text ?? '').join('')
  if (text === '') throw invalidField(`${at}content.parts[0].text`, describeFound(text), 'at least 1 character')
  return text
}

/** One word of cutting is enough: all inputs of a request are treated alike. */
function decodeOverlong(wires: readonly WireEmbed[], { overlong }: EmbeddingsPolicy): OverlongRule {
  const words = wires.map((wire) => wire.autoTruncate ?? wire.embedContentConfig?.autoTruncate)
  const said = words.find((word) => word !== undefined)
  if (said === undefined) return { action: overlong }
  return { action: words.includes(true) ? 'cut' : 'refuse' }
}
