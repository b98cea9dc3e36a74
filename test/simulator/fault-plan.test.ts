import { describe, expect, test } from 'vitest'
import { replied, runSimulator, says } from './running-simulator.ts'

const askWhole = says('[[say a b c d]]')

describe('faults are planned', () => {
  test('by a directive, for that request alone', async () => {
    const { chat } = await runSimulator()
    expect((await chat(says('[[fault status 503]]'))).status).toBe(503)
    expect((await chat(says('Hi'))).status).toBe(200)
    const unknown = await replied(chat(says('[[fault flood]]')))
    expect(unknown.error.message).toMatch(/^Unknown fault "flood"\. Known: hang, /)
  })

  test('for the next requests in turn, or for all until they are cleared', async () => {
    const { simulator, chat } = await runSimulator()
    simulator.faults.next('status 503')
    simulator.faults.next('status 429')
    const statuses = async () => [
      (await chat(askWhole)).status,
      (await chat(askWhole)).status,
      (await chat(askWhole)).status,
    ]
    expect(await statuses()).toEqual([503, 429, 200])
    simulator.faults.always('status 500')
    expect(await statuses()).toEqual([500, 500, 500])
    simulator.faults.clear()
    expect(await statuses()).toEqual([200, 200, 200])
  })

  test('for other routes, too', async () => {
    const { simulator, chat, post, url } = await runSimulator()
    simulator.faults.next('status 503', '/v1/models')
    simulator.faults.always('garbage', '/tokenize')
    expect((await chat(askWhole)).status).toBe(200)
    expect((await fetch(`${url}/v1/models`)).status).toBe(503)
    expect((await fetch(`${url}/v1/models`)).status).toBe(200)
    expect((await post('/tokenize', askWhole)).headers.get('content-type')).toMatch(/^text\/html/)
  })

  test('over HTTP, a number of times or always', async () => {
    const { simulator, chat, post, url } = await runSimulator()
    expect((await post('/simulator/faults', { fault: 'status 503', times: 2 })).status).toBe(200)
    const statuses = []
    for (let time = 0; time < 3; time += 1) statuses.push((await chat(askWhole)).status)
    expect(statuses).toEqual([503, 503, 200])
    await post('/simulator/faults', { fault: 'garbage', times: 'always', route: '/version' })
    await fetch(`${url}/simulator/faults`, { method: 'DELETE' })
    expect((await fetch(`${url}/version`)).headers.get('content-type')).toBe('application/json')
    expect(simulator.requests.map(({ path }) => path)).not.toContain('/simulator/faults')
  })

  test.each([
    { fault: 'flood' },
    { fault: 'hang 3' },
    { fault: 'cut many' },
    { fault: 'cut -1' },
    { fault: 'cut', times: 0 },
    {},
  ])('with a clear refusal of what is none: %j', async (body) => {
    const { post } = await runSimulator()
    const response = await post('/simulator/faults', body)
    expect(response.status).toBe(400)
    expect((await replied(Promise.resolve(response))).error).toMatch(/fault|times/)
  })
})
