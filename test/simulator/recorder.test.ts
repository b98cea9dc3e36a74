import { describe, expect, test } from 'vitest'
import { replied, runSimulator, says, until } from './running-simulator.ts'

describe('what reached the look-alike', () => {
  test('is recorded, newest last, with its headers, its body and how it ended', async () => {
    const { simulator, chat, url, post } = await runSimulator()
    const before = Date.now()
    await replied(chat(says('Hi', { odd: [1] }), { headers: { 'Content-Type': 'application/json', 'X-Odd': 'Yes' } }))
    await fetch(`${url}/health?why=not`)
    await post('/v1/chat/completions', 'no json')
    await until(() => simulator.requests.length === 3 && simulator.requests.every(({ finished }) => finished))
    const [asked, health, broken] = simulator.requests
    expect(asked).toMatchObject({
      method: 'POST',
      path: '/v1/chat/completions',
      body: says('Hi', { odd: [1] }),
      status: 200,
    })
    expect(asked).toMatchObject({ headers: { 'x-odd': 'Yes' }, closedBy: 'server', finished: true })
    expect(asked?.receivedAt).toBeGreaterThanOrEqual(before)
    expect(asked?.closedAt).toBeGreaterThanOrEqual(asked?.receivedAt ?? 0)
    expect(health).toMatchObject({ method: 'GET', path: '/health?why=not', body: undefined })
    expect(broken).toMatchObject({ body: 'no json', status: 400 })
  })

  test('is forgotten oldest first', async () => {
    const { simulator, url } = await runSimulator({ recordedMax: 3 })
    for (let index = 0; index < 5; index += 1) await fetch(`${url}/health?${index}`)
    expect(simulator.requests.map(({ path }) => path)).toEqual(['/health?2', '/health?3', '/health?4'])
  })

  test('can be read and cleared by another process', async () => {
    const { url, chat } = await runSimulator()
    await replied(chat(says('Hi')))
    const recorded = await replied(fetch(`${url}/simulator/requests`))
    expect(recorded).toHaveLength(1)
    expect(recorded[0].body).toEqual(says('Hi'))
    await fetch(`${url}/simulator/requests`, { method: 'DELETE' })
    expect(await replied(fetch(`${url}/simulator/requests`))).toEqual([])
  })

  test('has a state that another process can see and set', async () => {
    const { simulator, url, post } = await runSimulator()
    expect(await replied(fetch(`${url}/simulator`))).toEqual({
      simulated: true,
      state: 'awake',
      running: 0,
      waiting: 0,
    })
    expect((await replied(post('/simulator/state', { state: 'dead' }))).state).toBe('dead')
    expect(simulator.state).toBe('dead')
    expect((await post('/simulator/state', { state: 'tired' })).status).toBe(400)
  })
})
