import type { FunctionTool, JsonObject } from '../chat/chat-request.ts'

/** OpenAI's custom tools take free text. To the model they are functions with one string. */

export interface CustomTool {
  readonly name: string
  readonly description?: string | null | undefined
  readonly grammar?: { readonly syntax: string; readonly definition: string } | undefined
}

/** The model is told the grammar in words: it is not enforced. */
export function customFunction({ name, description, grammar }: CustomTool): FunctionTool {
  const rule =
    grammar === undefined ? undefined : `The input follows this ${grammar.syntax} grammar:\n${grammar.definition}`
  const words = [description, rule].filter((text) => text != null && text !== '').join('\n\n')
  return {
    type: 'function',
    function: { name, description: words === '' ? undefined : words, parameters: customParameters },
  }
}

const customParameters: JsonObject = {
  type: 'object',
  properties: { input: { type: 'string' } },
  required: ['input'],
  additionalProperties: false,
}

/** The arguments that stand for an input in a conversation. */
export function customArguments(input: string): string {
  return JSON.stringify({ input })
}

/** What the model wrote for a custom tool; of arguments that were cut, all that there is. */
export function customInput(json: string): string {
  try {
    const parsed: unknown = JSON.parse(json)
    const input: unknown = typeof parsed === 'object' && parsed !== null ? Reflect.get(parsed, 'input') : undefined
    return typeof input === 'string' ? input : json
  } catch {
    return json
  }
}
