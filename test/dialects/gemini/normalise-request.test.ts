import { expect, test } from 'vitest'
import { normaliseRequest } from '../../../src/dialects/gemini/normalise-request.ts'

test('fields are spelt in camelCase at any depth', () => {
  const sent = {
    system_instruction: { parts: [{ text: 'snake_case text' }] },
    generation_config: { thinking_config: { thinking_budget: -1 }, top_p: 0.5, _response_json_schema: { a_b: 1 } },
    contents: [{ parts: [{ inline_data: { mime_type: 'image/png', data: 'a_b' } }] }],
  }
  expect(normaliseRequest(sent)).toEqual({
    systemInstruction: { parts: [{ text: 'snake_case text' }] },
    generationConfig: { thinkingConfig: { thinkingBudget: -1 }, topP: 0.5, _responseJsonSchema: { a_b: 1 } },
    contents: [{ parts: [{ inlineData: { mimeType: 'image/png', data: 'a_b' } }] }],
  })
})

test('what is the caller’s own stays as it is, nulls included', () => {
  const own = { some_key: [{ inner_key: null }], mode: 'lower', parts: 'one' }
  const declaration = { name: 'f', parameters: own, parametersJsonSchema: own, response: own }
  const part = { functionCall: { name: 'f', args: own } }
  const config = { responseSchema: own, responseJsonSchema: own }
  const sent = {
    tools: [{ functionDeclarations: [declaration] }],
    contents: [{ parts: [part] }],
    generationConfig: config,
    labels: own,
  }
  expect(normaliseRequest(sent)).toEqual(sent)
})

test('enum values are in one case', () => {
  const sent = {
    contents: [{ role: 'User', parts: [{ text: 'Any' }] }],
    toolConfig: { functionCallingConfig: { mode: 'any' } },
    generationConfig: {
      thinkingConfig: { thinkingLevel: 'high' },
      responseModalities: ['text'],
      responseMimeType: 'Application/JSON',
    },
  }
  expect(normaliseRequest(sent)).toEqual({
    contents: [{ role: 'user', parts: [{ text: 'Any' }] }],
    toolConfig: { functionCallingConfig: { mode: 'ANY' } },
    generationConfig: {
      thinkingConfig: { thinkingLevel: 'HIGH' },
      responseModalities: ['TEXT'],
      responseMimeType: 'application/json',
    },
  })
})

test('one item becomes a list where a list is meant', () => {
  const sent = { contents: { parts: { text: 'a' } }, tools: { function_declarations: { name: 'f' } } }
  expect(normaliseRequest(sent)).toEqual({
    contents: [{ parts: [{ text: 'a' }] }],
    tools: [{ functionDeclarations: [{ name: 'f' }] }],
  })
})

test('fields that are null are left out', () => {
  expect(normaliseRequest({ tools: null, generationConfig: { seed: null, topK: 0 } })).toEqual({
    generationConfig: { topK: 0 },
  })
})
