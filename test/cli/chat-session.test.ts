import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { startLocalServer, streaming } from '../client/local-server.ts'
import { asStream, data } from '../client/transcripts.ts'
import { newestUpstreamBody, newestUpstreamRequest } from '../gateway/upstream-requests.ts'
import { temporaryFolder } from '../support/cli-process.ts'
import { openTerminal, type Terminal, terminalIsAvailable } from '../support/terminal.ts'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { images } from '../wire/small-images.ts'

const folder = temporaryFolder()
const prompt = /› .*?\[3G/
let gateway: TestGateway

beforeAll(async () => {
  gateway = await startTestGateway({ simulator: { tokensPerSecond: 200 } })
  writeFileSync(join(folder.path, 'dot.png'), images.png.bytes)
})
afterAll(async () => {
  await gateway.stop()
  folder.remove()
})

async function openSession(...args: string[]): Promise<Terminal> {
  const terminal = openTerminal(['chat', ...args], { GATEWAY_URL: gateway.url, API_AI_TOKEN: gateway.key })
  onTestFinished(terminal.kill)
  await terminal.see(prompt)
  return terminal
}

/** Types a line at the prompt, and resolves with all that is on the screen until the next one. */
async function enter({ press, see }: Terminal, line: string): Promise<string> {
  press(`${line}\r`)
  return see(prompt)
}

function upstreamMessages(): unknown {
  return newestUpstreamBody(gateway)['messages']
}

describe.skipIf(!terminalIsAvailable())('a session on a terminal', () => {
  test('answers, tells speed and usage, and remembers what was said until /clear', async () => {
    const terminal = await openSession()
    expect(await enter(terminal, '[[words 20]]')).toMatch(/w20\r\n.*\[gemma4: .* tokens\/s\]/)
    await enter(terminal, 'And more?')
    expect(upstreamMessages()).toMatchObject([
      { role: 'user', content: '[[words 20]]' },
      { role: 'assistant', content: expect.stringMatching(/^w1 .* w20$/) },
      { role: 'user', content: 'And more?' },
    ])
    expect(await enter(terminal, '/clear')).toContain('The conversation is empty.')
    await enter(terminal, 'Anew.')
    expect(upstreamMessages()).toEqual([{ role: 'user', content: 'Anew.' }])
    terminal.press('/quit\r')
    expect(await terminal.exited).toBe(0)
  })

  test('shows thinking dimmed, and has the model think or not as /thinking says', async () => {
    const terminal = await openSession()
    await enter(terminal, '/thinking on')
    expect(await enter(terminal, '[[think hm]] [[say Yes]]')).toContain('\x1b[2mhm\x1b[22m\r\n\r\nYes\r\n')
    await enter(terminal, '/thinking off')
    expect(await enter(terminal, '[[say Yes]]')).toContain('[[say Yes]]\r\r\nYes\r\n')
    expect(newestUpstreamBody(gateway)).toMatchObject({ chat_template_kwargs: { enable_thinking: false } })
    expect(await enter(terminal, '/thinking maybe')).toContain('Thinking is off. /thinking on|off')
  })

  test('sends the system prompt with every message, and an image with the next one', async () => {
    const terminal = await openSession('--dialect', 'gemini')
    await enter(terminal, '/system Answer in Latin.')
    expect(await enter(terminal, `/image ${join(folder.path, 'dot.png')}`)).toContain('dot.png: with the next message.')
    await enter(terminal, 'What is it?')
    await enter(terminal, '//etc is a folder')
    expect(upstreamMessages()).toMatchObject([
      { role: 'system', content: 'Answer in Latin.' },
      { role: 'user', content: [{ type: 'image_url' }, { type: 'text', text: 'What is it?' }] },
      { role: 'assistant' },
      { role: 'user', content: '/etc is a folder' },
    ])
  })

  test('saves the conversation as Markdown and JSON, and leaves files alone that are there', async () => {
    const terminal = await openSession('--system', 'Be brief.')
    await enter(terminal, '[[say Hello]]')
    const [markdown, json] = [join(folder.path, 'talk.md'), join(folder.path, 'talk.json')]
    expect(await enter(terminal, `/save ${markdown}`)).toContain(`Saved as ${markdown}`)
    await enter(terminal, `/save ${json}`)
    expect(readFileSync(markdown, 'utf8')).toBe(
      '# Conversation with gemma4\n\n## System\n\nBe brief.\n\n## You\n\n[[say Hello]]\n\n## gemma4\n\nHello\n',
    )
    expect(JSON.parse(readFileSync(json, 'utf8'))).toEqual({
      dialect: 'openai',
      model: 'gemma4',
      system: 'Be brief.',
      turns: [
        { role: 'user', text: '[[say Hello]]', images: [] },
        { role: 'assistant', text: 'Hello', images: [] },
      ],
    })
    expect(await enter(terminal, `/save ${json}`)).toContain('is there already')
    expect(await enter(terminal, `/save ${join(folder.path, 'none', 'talk.md')}`)).toContain('cannot be written')
    expect(existsSync(join(folder.path, 'none'))).toBe(false)
  })

  test('Ctrl-C stops the answer and frees the model; the session goes on and knows what was said', async () => {
    const terminal = await openSession()
    terminal.press('[[words 5000]]\r')
    await terminal.see(/w9 /)
    terminal.press('\x03')
    expect(await terminal.see(prompt)).toMatch(/\[gemma4: .*stopped\]/)
    await expect.poll(() => newestUpstreamRequest(gateway)?.closedBy).toBe('client')
    expect(await enter(terminal, '[[say Still here]]')).toContain('Still here')
    expect(upstreamMessages()).toMatchObject([
      {},
      { role: 'assistant', content: expect.stringMatching(/^w1 .*w9/) },
      {},
    ])
  })

  test('Ctrl-C at the prompt drops the line, and a second one ends the session', async () => {
    const terminal = await openSession()
    terminal.press('half a question')
    await terminal.see(/question/)
    terminal.press('\x03')
    expect(await terminal.see(prompt)).toContain('Ctrl-C once more')
    expect(await enter(terminal, '[[say Whole]]')).toContain('Whole')
    expect(upstreamMessages()).toEqual([{ role: 'user', content: '[[say Whole]]' }])
    terminal.press('\x03')
    await terminal.see(prompt)
    terminal.press('\x03')
    expect(await terminal.exited).toBe(0)
  })

  test('what is typed while an answer runs is kept for the next prompt and does not get into the answer', async () => {
    const terminal = await openSession()
    terminal.press('[[words 50]]\r')
    await terminal.see(/w3 /)
    terminal.press('[[say Typed ahead]]\rand')
    expect(await terminal.see(/tokens\/s/)).not.toContain('Typed')
    expect(await terminal.see(/› \[\[say Typed ahead\]\]\r\nTyped ahead\r\n/)).toContain('Typed ahead')
    await terminal.see(/› and/)
    terminal.press(' more\r')
    await terminal.see(prompt)
    expect(upstreamMessages()).toMatchObject([{}, {}, {}, {}, { role: 'user', content: 'and more' }])
  })

  test('a failure is told and the session goes on, with the image still there for the message said again', async () => {
    const terminal = await openSession()
    await enter(terminal, `/image "${join(folder.path, 'dot.png')}"`)
    expect(await enter(terminal, '[[fault status 500]] Look.')).toContain('The server refuses (502)')
    await enter(terminal, 'Look again.')
    expect(upstreamMessages()).toMatchObject([
      { role: 'user', content: [{ type: 'image_url' }, { text: 'Look again.' }] },
    ])
  })

  test('a command that there is not leads to the nearest one, and /help lists them', async () => {
    const terminal = await openSession()
    expect(await enter(terminal, '/thinkin on')).toContain('the nearest is /thinking')
    expect(await enter(terminal, '/constructor')).toContain('There is no command /constructor')
    const help = await enter(terminal, '/help')
    for (const name of ['image', 'thinking', 'system', 'clear', 'save', 'help', 'quit'])
      expect(help).toContain(`/${name}`)
  })

  test('nothing that a model says is an order for the terminal', async () => {
    const choices = [{ index: 0, delta: { content: '\x1b]0;mine\x07\x9b2JHello\r' }, finish_reason: 'stop' }]
    const { url } = await startLocalServer(streaming([asStream([data({ choices })])]))
    const terminal = await openSession('--base-url', url, '--model', 'a\x1b[2Jb')
    expect(await enter(terminal, 'Hi')).toContain('\r\n]0;mine2JHello\r\n\x1b[2m[a[2Jb: ')
  })

  test('Ctrl-D ends the session, and --json is refused', async () => {
    const terminal = await openSession()
    terminal.press('\x04')
    expect(await terminal.exited).toBe(0)
    const refused = openTerminal(['chat', '--json'], { GATEWAY_URL: gateway.url })
    await refused.see(/--json tells one answer/)
    expect(await refused.exited).toBe(1)
  })
})
