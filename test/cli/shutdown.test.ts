import { connect, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import OpenAI from 'openai'
import { Pool } from 'undici'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts'
import { type CliProcess, startCli, temporaryFolder } from '../support/cli-process.ts'
import { openTerminal, terminalIsAvailable } from '../support/terminal.ts'

const key = 'an-administrator-key'
const folder = temporaryFolder()
const running: CliProcess[] = []
let simulator: Simulator
let vllmUrl: string

beforeAll(async () => {
  simulator = createSimulator({ maxNumSeqs: 64 })
  vllmUrl = (await simulator.listen()).url
})
afterEach(async () => {
  await Promise.all(running.splice(0).map((cli) => cli.end('SIGKILL')))
})
afterAll(async () => {
  await simulator.close()
  folder.remove()
})

async function serve(grace = '10s'): Promise<{ cli: CliProcess; url: string }> {
  const environment = { GATEWAY_ADMIN_KEY: key, GATEWAY_VLLM_URL: vllmUrl, GATEWAY_SHUTDOWN_GRACE: grace }
  const cli = startCli(['serve', '--port', '0'], { environment, folder: folder.path })
  running.push(cli)
  const [, url = ''] = await cli.waitFor(/"url":"(http:[^"]+)"[^\n]*the gateway listens/)
  await cli.waitFor(/the model server is ready/)
  return { cli, url }
}

function clientOf(url: string): OpenAI {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 })
}

function askForWords(url: string, content: string) {
  return clientOf(url).chat.completions.create({
    model: 'gemma4',
    messages: [{ role: 'user', content }],
    stream: true,
  })
}

test('a stream that runs at SIGTERM is finished, while the gateway is not ready and takes no new connection', async () => {
  const { cli, url } = await serve()
  const stream = await askForWords(url, '[[fault slow-first 1500]] [[say all of it]]')
  await (await fetch(`${url}/livez`)).text()
  const reading = (async () => {
    let text = ''
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? ''
    return text
  })()
  cli.child.kill('SIGTERM')
  await cli.waitFor(/the gateway ends/)
  expect(await connectionTo(url)).toBe('ECONNREFUSED')
  // On a connection that was open before.
  expect((await fetch(`${url}/readyz`)).status).toBe(503)
  expect(await reading).toContain('all of it')
  expect(await cli.exited).toBe(0)
})

test.each([
  ['100ms', 100],
  ['3s', 3000],
])(
  'a stream that outlasts a grace of %s ends then in an error frame, on which the SDK raises',
  async (grace, graceMs) => {
    const { cli, url } = await serve(grace)
    const stream = await askForWords(url, '[[fault hang-after 2]] [[words 50]]')
    const asked = performance.now()
    cli.child.kill('SIGTERM')
    const read = async () => {
      for await (const _ of stream);
    }
    await expect(read()).rejects.toThrow(/restarting/)
    const tookMs = performance.now() - asked
    expect(tookMs).toBeGreaterThanOrEqual(graceMs)
    expect(tookMs).toBeLessThan(graceMs + 1500)
    expect(await cli.exited).toBe(0)
  },
)

test('a SIGINT that comes twice, as through npm, is one', async () => {
  const signal = 'SIGINT'
  const { cli, url } = await serve('60s')
  const stream = await askForWords(url, '[[fault slow-first 1000]] [[say all of it]]')
  cli.child.kill(signal)
  await cli.waitFor(/the gateway ends/)
  cli.child.kill(signal)
  let text = ''
  for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? ''
  expect(text).toContain('all of it')
  expect(await cli.exited).toBe(0)
})

test('a SIGHUP ends no gateway that has no terminal, as below nohup', async () => {
  const { cli, url } = await serve()
  const stream = await askForWords(url, '[[fault slow-first 500]] [[say all of it]]')
  cli.child.kill('SIGHUP')
  cli.child.kill('SIGHUP')
  let text = ''
  for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? ''
  expect(text).toContain('all of it')
  expect((await fetch(`${url}/livez`)).status).toBe(200)
  expect(cli.stdout).not.toContain('the gateway ends')
  expect(await cli.end('SIGTERM')).toBe(0)
})

test.skipIf(!terminalIsAvailable())('a gateway ends with the terminal that it has', async () => {
  const environment = { GATEWAY_ADMIN_KEY: key, GATEWAY_VLLM_URL: vllmUrl, GATEWAY_LOG_FORMAT: 'json' }
  const terminal = openTerminal(['serve', '--port', '0', '--data-dir', join(folder.path, 'terminal')], environment)
  const screen = await terminal.see(/"url":"http:[^"]+"[^\n]*the gateway listens/)
  const [, url = ''] = /"url":"([^"]+)"/.exec(screen.slice(screen.lastIndexOf('{'))) ?? []
  terminal.kill()
  await expect.poll(() => connectionTo(url), { timeout: 10_000 }).toBe('ECONNREFUSED')
})

test('a second SIGTERM ends at once, and a second SIGINT that is no echo', async () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const { cli, url } = await serve('60s')
    const stream = await askForWords(url, '[[fault hang-after 2]] [[words 50]]')
    cli.child.kill(signal)
    await cli.waitFor(/the gateway ends/)
    const again = setInterval(() => cli.child.kill(signal), signal === 'SIGTERM' ? 1 : 200)
    expect(await cli.exited).toBe(1)
    clearInterval(again)
    // Until now somebody reads it.
    stream.controller.abort()
  }
})

function connectionTo(url: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    socket.once('connect', () => resolve('connected'))
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''))
    socket.once('close', () => socket.destroy())
  })
}

/** As a load balancer does: new connections go to the gateway that is ready, open ones stay where they are. */
function createBalancer(): { server: Server; target: number } {
  const balancer = {
    target: 0,
    server: createServer((client) => {
      const upstream = connect(balancer.target, '127.0.0.1')
      const close = (socket: Socket) => () => socket.destroy()
      client.on('error', close(upstream)).on('close', close(upstream))
      upstream.on('error', close(client))
      client.pipe(upstream).pipe(client)
    }),
  }
  return balancer
}

test('a rolling restart behind keep-alive clients fails no request', async () => {
  const balancer = createBalancer()
  await new Promise<void>((resolve) => balancer.server.listen(0, '127.0.0.1', resolve))
  const address = balancer.server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections: 20, pipelining: 1 })
  const tally = { served: 0, failed: [] as string[] }
  let asking = true

  async function keepAsking(): Promise<void> {
    while (asking) {
      try {
        const { statusCode, body } = await pool.request({
          method: 'POST',
          path: '/chat',
          headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
          body: JSON.stringify({ prompt: 'hello' }),
        })
        await body.text()
        if (statusCode === 200) tally.served++
        else tally.failed.push(String(statusCode))
      } catch (thrown) {
        tally.failed.push(String(thrown))
      }
    }
  }

  let current = await serve()
  balancer.target = Number(new URL(current.url).port)
  const clients = Array.from({ length: 20 }, keepAsking)
  for (let restart = 0; restart < 3; restart++) {
    const next = await serve()
    balancer.target = Number(new URL(next.url).port)
    expect(await current.cli.end('SIGTERM')).toBe(0)
    current = next
  }
  asking = false
  await Promise.all(clients)
  await pool.close()
  balancer.server.close()
  expect(tally.failed).toEqual([])
  expect(tally.served).toBeGreaterThan(200)
}, 60_000)
