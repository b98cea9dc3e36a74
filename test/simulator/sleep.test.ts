import { describe, expect, test } from 'vitest'
import { eventsOf, replied, runSimulator, says, streamed, until } from './running-simulator.ts'

const slow = { tokensPerSecond: 20 }
const long = says('[[words 400]]')

describe('sleep', () => {
  test('holds every request, streamed or whole, until it is woken, and looks healthy meanwhile', async () => {
    const { simulator, chat, post, url } = await runSimulator()
    expect((await post('/sleep?level=1')).status).toBe(200)
    expect(await (await fetch(`${url}/is_sleeping`)).json()).toEqual({ is_sleeping: true })
    const asked = [replied(chat(says('[[say up]]'))), streamed(chat(says('[[say up]]', { stream: true })))]
    await until(() => simulator.waiting === 2)
    expect((await fetch(`${url}/health`)).status).toBe(200)
    expect(await (await fetch(`${url}/metrics`)).text()).toContain('sleep_state="weights_offloaded"} 1.0')
    expect((await post('/wake_up')).status).toBe(200)
    const [whole, events] = await Promise.all(asked)
    expect(whole.choices[0].message.content).toBe('up')
    expect(events.at(-1)).toBe('[DONE]')
  })

  test('takes level and mode from the query alone', async () => {
    const { simulator, post, url } = await runSimulator()
    await post('/sleep', { level: 2, mode: 'keep' })
    expect(await (await fetch(`${url}/metrics`)).text()).toContain('sleep_state="weights_offloaded"} 1.0')
    await post('/wake_up')
    await post('/sleep?level=2')
    expect(await (await fetch(`${url}/metrics`)).text()).toContain('sleep_state="discard_all"} 1.0')
    expect(simulator.state).toBe('asleep')
  })

  test('at level 2 loses the weights: after waking, answers are garbage without an error', async () => {
    const { chat, post } = await runSimulator()
    await post('/sleep?level=2')
    await post('/wake_up')
    const { choices } = await replied(chat(says('Hi')))
    expect(choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: 'unused unused unused unused' } })
  })

  test('at a level that nobody knows is sleep for which vLLM has no name', async () => {
    const { post, url } = await runSimulator()
    await post('/sleep?level=7')
    const metrics = await (await fetch(`${url}/metrics`)).text()
    expect(metrics.match(/sleep_state="\w+"\} \d/g)).toEqual([
      'sleep_state="awake"} 0',
      'sleep_state="weights_offloaded"} 0',
      'sleep_state="discard_all"} 0',
    ])
  })

  test('ends what runs with abort, unless told otherwise', async () => {
    const { simulator, chat, post } = await runSimulator(slow)
    const rest = { stream: true, stream_options: { include_usage: true } }
    const stream = streamed(chat({ ...long, ...rest }))
    const whole = replied(chat(long))
    await until(() => simulator.running === 2)
    await post('/sleep?level=1')
    const events = await stream
    expect(events.at(-3).choices[0].finish_reason).toBe('abort')
    expect(events.at(-2).usage.completion_tokens).toBeLessThan(100)
    expect((await whole).choices[0].finish_reason).toBe('abort')
  })

  test('in mode wait begins once what runs is finished', async () => {
    const { simulator, chat, post } = await runSimulator({ firstTokenMs: 50 })
    const whole = replied(chat(says('[[say done]]')))
    await until(() => simulator.running === 1)
    await post('/sleep?mode=wait')
    expect(simulator.running).toBe(0)
    expect((await whole).choices[0].finish_reason).toBe('stop')
    expect(simulator.state).toBe('asleep')
  })

  test('in mode keep freezes what runs, which goes on after waking', async () => {
    const { simulator, chat, post } = await runSimulator({ tokensPerSecond: 100 })
    const response = await chat(says('[[words 20]]', { stream: true }))
    await until(() => simulator.running === 1)
    const runsSince = performance.now()
    await post('/sleep?mode=keep')
    // Longer than its 21 tokens would take.
    await until(() => performance.now() - runsSince > 300)
    expect(simulator.running).toBe(1)
    await post('/wake_up')
    expect(eventsOf(await response.text()).at(-2).choices[0].finish_reason).toBe('stop')
  })
})
