import { describe, expect, test } from 'vitest'
import type { Piece } from '../../src/client/piece.ts'
import { asking, type DialectName, dialectNames, question } from './asking.ts'
import { startLocalServer, streaming } from './local-server.ts'
import { asStream, data, named, transcripts } from './transcripts.ts'

const whole = {
  thinking: 'Só é.',
  text: 'Olá, mundo 🌍',
  finish: 'stop',
  usage: { prompt: 12, cached: 4, output: 9, thinking: 3 },
}

async function answerOf(dialect: DialectName, pieces: readonly (string | Uint8Array)[]) {
  const { url } = await startLocalServer(streaming(pieces))
  return asking({ dialect, url }, question('Hello'))
}

function frames(dialect: DialectName, ...events: Record<string, unknown>[]): string {
  return asStream(events.map(dialect === 'anthropic' || dialect === 'responses' ? named : data))
}

describe.each(dialectNames)('an answer in %s', (dialect) => {
  test('is read whole: thinking, text, end and usage', async () => {
    expect(await answerOf(dialect, [asStream(transcripts[dialect])])).toMatchObject(whole)
  })

  test('is the same when every byte comes alone, and with lines that end in CR LF', async () => {
    const bytes = Buffer.from(asStream(transcripts[dialect], '\r\n'))
    const alone = Array.from(bytes, (_, index) => bytes.subarray(index, index + 1))
    expect(await answerOf(dialect, alone)).toMatchObject(whole)
  })

  test('is heard piece by piece, thinking before text', async () => {
    const heard: Piece[] = []
    const { url } = await startLocalServer(streaming([asStream(transcripts[dialect])]))
    await asking({ dialect, url, hear: (piece) => heard.push(piece) }, question('Hello'))
    const said = heard.flatMap((piece) => (piece.type === 'text' || piece.type === 'thinking' ? [piece.text] : []))
    expect(said).toEqual(['Só ', 'é.', 'Olá, ', 'mundo 🌍'])
  })

  test('that is cut before its end is a failure, however much came', async () => {
    const cut = asStream(transcripts[dialect].slice(0, -3))
    await expect(answerOf(dialect, [cut])).rejects.toThrow('The answer ended before its end.')
  })

  test('in which something else than JSON comes is a failure', async () => {
    await expect(answerOf(dialect, ['data: {"half":\n\n'])).rejects.toThrow('is not JSON')
  })

  test('in which JSON of another kind comes is a failure', async () => {
    await expect(answerOf(dialect, ['data: "hello"\n\n'])).rejects.toThrow('does not belong to this dialect')
  })
})

const error = { message: 'The model fell over.', type: 'server_error', code: 'server_error' }
const failures: [DialectName, Record<string, unknown>[]][] = [
  ['openai', [{ error }]],
  ['anthropic', [{ type: 'error', error: { type: 'api_error', message: error.message }, request_id: 'req_1' }]],
  ['gemini', [{ error: { code: 500, message: error.message, status: 'INTERNAL' } }]],
  ['responses', [{ type: 'error', message: error.message, error }]],
  ['responses', [{ type: 'error', message: error.message, code: 'server_error' }]],
  ['responses', [{ type: 'response.failed', response: { status: 'failed', error } }]],
]

test.each(failures)(
  'a failure in the middle of a stream of %s is told in the words of the server',
  async (dialect, events) => {
    const beginning = asStream(transcripts[dialect].slice(0, 4))
    const told = answerOf(dialect, [beginning, frames(dialect, ...events)])
    await expect(told).rejects.toThrow('The server failed: The model fell over.')
  },
)

const openaiEnd = (reason: string) => ({ choices: [{ index: 0, delta: { content: 'x' }, finish_reason: reason }] })
const anthropicEnd = (reason: string) => ({ type: 'message_delta', delta: { stop_reason: reason }, usage: {} })
const geminiEnd = (reason: string) => ({ candidates: [{ content: { parts: [] }, finishReason: reason }] })
const responsesEnd = (reason: string) => ({
  type: 'response.incomplete',
  response: { status: 'incomplete', incomplete_details: { reason }, usage: null },
})

test.each<[DialectName, string, Record<string, unknown>]>([
  ['openai', 'length', openaiEnd('length')],
  ['openai', 'filtered', openaiEnd('content_filter')],
  ['openai', 'stop', openaiEnd('tool_calls')],
  ['anthropic', 'length', anthropicEnd('max_tokens')],
  ['anthropic', 'length', anthropicEnd('model_context_window_exceeded')],
  ['anthropic', 'filtered', anthropicEnd('refusal')],
  ['anthropic', 'stop', anthropicEnd('stop_sequence')],
  ['gemini', 'length', geminiEnd('MAX_TOKENS')],
  ['gemini', 'filtered', geminiEnd('SAFETY')],
  ['gemini', 'stop', geminiEnd('STOP')],
  ['responses', 'length', responsesEnd('max_output_tokens')],
  ['responses', 'filtered', responsesEnd('content_filter')],
])('%s: an answer ends by %s', async (dialect, finish, event) => {
  expect(await answerOf(dialect, [frames(dialect, event)])).toMatchObject({ finish })
})

test('what is cached counts to the prompt in the usage of Anthropic, also where it comes with the end', async () => {
  const usage = { input_tokens: 3, cache_read_input_tokens: 20, cache_creation_input_tokens: 100, output_tokens: 7 }
  const answer = await answerOf('anthropic', [frames('anthropic', { ...anthropicEnd('end_turn'), usage })])
  expect(answer.usage).toEqual({ prompt: 123, cached: 20, output: 7 })
})

test('a prompt that Google blocks is a failure that says why', async () => {
  const blocked = frames('gemini', { promptFeedback: { blockReason: 'SAFETY' } })
  await expect(answerOf('gemini', [blocked])).rejects.toThrow('The server refuses the prompt: SAFETY.')
})

test('several summaries of a thinking are apart by an empty line', async () => {
  const summary = (index: number, delta: string) => {
    return { type: 'response.reasoning_summary_text.delta', summary_index: index, delta }
  }
  const events = [summary(0, 'First'), summary(0, ' one.'), summary(1, 'Second'), responsesEnd('max_output_tokens')]
  expect(await answerOf('responses', [frames('responses', ...events)])).toMatchObject({
    thinking: 'First one.\n\nSecond',
  })
})

test('the NUL after the end of a gemma.cpp stream does no harm', async () => {
  const stream = asStream([...transcripts.gemini, 'data: [DONE]'])
  expect(await answerOf('gemini', [`${stream}\0`])).toMatchObject(whole)
})
