import * as z from 'zod'
import {
  bounds,
  maxTokensSchema,
  penaltySchema,
  seedSchema,
  stopStringSchema,
  temperatureSchema,
  topKSchema,
  topPSchema,
} from '../../chat/bounds.ts'
import { callerToolNameSchema, jsonObjectSchema, wordSchema } from '../wire-values.ts'

/**
 * GenerateContentRequest after `normaliseRequest`. Fields that are not named here are dropped; those that ask for what the
 * gateway cannot do are refused by `refuse-unsupported`.
 */

const callId = wordSchema(256)

const inlineData = z.object({ mimeType: wordSchema(256), data: z.string() })
const fileData = z.object({ fileUri: z.string(), mimeType: wordSchema(256).optional() })

const functionCall = z.object({ id: callId.optional(), name: callerToolNameSchema, args: jsonObjectSchema.optional() })
const functionResponse = z.object({
  id: callId.optional(),
  name: wordSchema(256).optional(),
  response: jsonObjectSchema.optional(),
  parts: z
    .array(z.object({ inlineData: inlineData.optional(), fileData: fileData.optional() }))
    .max(bounds.partsPerMessage)
    .optional(),
})

const part = z.object({
  text: z.string().optional(),
  thought: z.boolean().optional(),
  thoughtSignature: z.string().optional(),
  inlineData: inlineData.optional(),
  fileData: fileData.optional(),
  functionCall: functionCall.optional(),
  functionResponse: functionResponse.optional(),
  executableCode: z.object({ language: z.string().optional(), code: z.string() }).optional(),
  codeExecutionResult: z.object({ outcome: z.string().optional(), output: z.string().optional() }).optional(),
  // What Google's own tools did in an earlier turn, on Google's servers.
  toolCall: z.unknown().optional(),
  toolResponse: z.unknown().optional(),
})

const parts = z.array(part).max(bounds.partsPerMessage)
const content = z.object({ role: z.enum(['user', 'model', 'function']).optional(), parts: parts.optional() })
const instruction = z.union([
  z.string(),
  z.object({ parts: z.array(z.object({ text: z.string() })).max(bounds.partsPerMessage) }),
])

const declaration = z.object({
  name: callerToolNameSchema,
  description: z.string().optional(),
  parameters: jsonObjectSchema.optional(),
  parametersJsonSchema: jsonObjectSchema.optional(),
})
/** The names of Google's own tools are needed, to say which were left out. */
const tool = z.looseObject({ functionDeclarations: z.array(declaration).max(bounds.tools).optional() })

const functionCallingConfig = z.object({
  mode: z.enum(['MODE_UNSPECIFIED', 'AUTO', 'VALIDATED', 'ANY', 'NONE']).optional(),
  allowedFunctionNames: z.array(callerToolNameSchema).max(bounds.tools).optional(),
})

const thinkingConfig = z.object({
  includeThoughts: z.boolean().optional(),
  thinkingBudget: z.int().min(-1).optional(),
  thinkingLevel: z.enum(['THINKING_LEVEL_UNSPECIFIED', 'MINIMAL', 'LOW', 'MEDIUM', 'HIGH']).optional(),
})

const generationConfig = z.object({
  temperature: temperatureSchema.optional(),
  topP: topPSchema.optional(),
  topK: topKSchema.optional(),
  maxOutputTokens: maxTokensSchema.optional(),
  stopSequences: z.array(stopStringSchema).max(bounds.stopStrings).optional(),
  seed: seedSchema.optional(),
  candidateCount: z.int().min(1).optional(),
  presencePenalty: penaltySchema.optional(),
  frequencyPenalty: penaltySchema.optional(),
  responseLogprobs: z.boolean().optional(),
  logprobs: z.int().min(0).max(bounds.topLogprobs).optional(),
  responseMimeType: z.enum(['', 'text/plain', 'application/json', 'text/x.enum']).optional(),
  responseSchema: jsonObjectSchema.optional(),
  responseJsonSchema: jsonObjectSchema.optional(),
  _responseJsonSchema: jsonObjectSchema.optional(),
  responseModalities: z.array(z.enum(['MODALITY_UNSPECIFIED', 'TEXT', 'IMAGE', 'AUDIO', 'VIDEO'])).optional(),
  thinkingConfig: thinkingConfig.optional(),
})

export const wireRequestSchema = z.object({
  contents: z.array(content).min(1).max(bounds.messages),
  systemInstruction: instruction.optional(),
  tools: z.array(tool).max(bounds.tools).optional(),
  toolConfig: z.object({ functionCallingConfig: functionCallingConfig.optional() }).optional(),
  generationConfig: generationConfig.optional(),
})

/** The other form of a request to count tokens. */
export const wrappedRequestSchema = z.object({ generateContentRequest: wireRequestSchema })

export type WireRequest = z.infer<typeof wireRequestSchema>
export type WireContent = z.infer<typeof content>
export type WirePart = z.infer<typeof part>
export type WireFunctionCall = z.infer<typeof functionCall>
export type WireFunctionResponse = z.infer<typeof functionResponse>
export type WireGenerationConfig = z.infer<typeof generationConfig>
