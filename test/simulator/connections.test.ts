import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import { runSimulator, says, until } from './running-simulator.ts'

describe('connections', () => {
  const request = 'GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n'

  test('are kept without saying so, and closed by the server after its time', async () => {
    const { port } = await runSimulator({ keepAliveTimeoutMs: 150 })
    const socket = connect(port, '127.0.0.1', () => socket.write(request))
    let text = ''
    let answeredAt = 0
    const closed = new Promise<number>((resolve) => {
      socket.on('close', () => resolve(performance.now()))
    })
    socket.on('data', (piece: Buffer) => {
      text += piece.toString()
      answeredAt = performance.now()
    })
    const idleMs = (await closed) - answeredAt
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    expect(text).not.toMatch(/keep-alive|connection:/i)
    expect(idleMs).toBeGreaterThan(100)
    expect(idleMs).toBeLessThan(1000)
  })

  test('end at once when the look-alike closes, whatever runs and waits on them', async () => {
    const { simulator, chat } = await runSimulator({ maxNumSeqs: 1, tokensPerSecond: 5 })
    const broken = [true, true, false].map((stream) =>
      chat(says('[[words 400]]', { stream }))
        .then((response) => response.text())
        .then(
          () => 'whole',
          () => 'broken',
        ),
    )
    await until(() => simulator.running === 1 && simulator.waiting === 2)
    const closedAt = performance.now()
    await simulator.close()
    expect(await Promise.all(broken)).toEqual(['broken', 'broken', 'broken'])
    expect(performance.now() - closedAt).toBeLessThan(500)
    await until(() => simulator.requests.every(({ closedAt }) => closedAt !== undefined))
    expect(simulator.requests.map(({ closedBy, finished }) => [closedBy, finished])).toEqual(
      Array(3).fill(['server', false]),
    )
    expect([simulator.running, simulator.waiting]).toEqual([0, 0])
  })
})
