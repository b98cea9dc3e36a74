import { describe, expect, test } from 'vitest'
import { tone, wav } from '../wire/small-audio.ts'
import { replied, runSimulator, says } from './running-simulator.ts'

describe('the context', () => {
  const prompt = says('word '.repeat(100))
  const countOf = async (body: object) => (await replied((await runSimulator()).post('/tokenize', body))).count

  test('is counted alike in /tokenize, in usage and against the limit', async () => {
    const { chat, post } = await runSimulator({ maxModelLen: 300 })
    const { count, tokens, max_model_len } = await replied(post('/tokenize', prompt))
    expect([tokens.length, max_model_len]).toEqual([count, 300])
    expect((await replied(chat({ ...prompt, max_tokens: 300 - count }))).usage.prompt_tokens).toBe(count)
    expect((await chat({ ...prompt, max_tokens: 300 - count + 1 })).status).toBe(400)
  })

  test('refuses more output than it holds, naming the field that was used', async () => {
    const { chat } = await runSimulator()
    for (const param of ['max_completion_tokens', 'max_tokens']) {
      const message = `${param}=9000 cannot be greater than max_model_len=max_total_tokens=8192. Please request fewer output tokens. (parameter=${param}, value=9000)`
      const { error } = await replied(chat(says('Hi', { [param]: 9000 })))
      expect(error).toEqual({ message, type: 'BadRequestError', param, code: 400 })
    }
  })

  test('refuses a prompt that is too long, and does not tell how long it is', async () => {
    const { chat } = await runSimulator()
    const { error } = await replied(chat(says('word '.repeat(7900), { max_tokens: 512 })))
    expect(error.message).toBe(
      "This model's maximum context length is 8192 tokens. However, you requested 512 output tokens and your prompt contains at least 7681 input tokens, for a total of at least 8193 tokens. Please reduce the length of the input prompt or the number of requested output tokens. (parameter=input_tokens, value=7681)",
    )
    expect(error.param).toBe('input_tokens')
  })

  test('refuses very long text by its characters alone', async () => {
    const { chat } = await runSimulator()
    const { error } = await replied(chat(says('x'.repeat(900_000), { max_tokens: 512 })))
    expect(error.message).toMatch(
      /^This model's maximum context length is 8192 tokens\. However, you requested 512 output tokens and your prompt contains 9000\d\d characters \(more than 245760 characters, which is the upper bound for 7680 input tokens\)\. Please reduce .*\. \(parameter=input_text, value=9000\d\d\)$/,
    )
  })

  test('holds an answer of whatever is left where nothing is said', async () => {
    const count = await countOf(says('[[words 500]]'))
    const { chat } = await runSimulator({ maxModelLen: count + 20 })
    const { usage, choices } = await replied(chat(says('[[words 500]]')))
    expect(usage.total_tokens).toBe(count + 20)
    expect(choices[0].finish_reason).toBe('length')
    const { chat: chatFull } = await runSimulator({ maxModelLen: count })
    expect((await replied(chatFull(says('[[words 500]]')))).error.message).toMatch(
      /^max_tokens must be at least 1, got 0/,
    )
  })

  test('holds audio by its length, or as ten seconds where that is not looked for', async () => {
    const { chat } = await runSimulator()
    const multimodal = async (bytes: Buffer) => {
      const audio = { type: 'input_audio', input_audio: { data: bytes.toString('base64'), format: 'wav' } }
      const { usage } = await replied(chat(says([audio])))
      return usage.prompt_tokens_details.multimodal_tokens
    }
    expect(await multimodal(wav({ seconds: 3 }))).toEqual({ audio: 75 })
    expect(await multimodal(tone('tone.mp3'))).toEqual({ audio: 250 })
  })

  test('holds images, too, which are counted after the text was found to fit', async () => {
    const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } }
    const body = says([image, { type: 'text', text: 'What is it?' }])
    const { chat, post } = await runSimulator()
    const { count, tokens } = await replied(post('/tokenize', body))
    const { usage } = await replied(chat(body))
    expect(usage).toMatchObject({ prompt_tokens: count, prompt_tokens_details: { multimodal_tokens: { image: 282 } } })
    expect(tokens).toHaveLength(count)
    const { chat: chatSmall } = await runSimulator({ maxModelLen: 200 })
    const message = `Input length (${count}) exceeds model's maximum context length (200).`
    expect((await replied(chatSmall(body))).error.message).toBe(message)
  })
})
