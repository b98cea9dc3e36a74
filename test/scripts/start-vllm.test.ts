import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fakeMachine } from './fake-machine.ts'

const { folder, programs, imageTemplate, run, started, valueAfter } = fakeMachine()
const script = join(import.meta.dirname, '../../scripts/start-vllm.sh')
const key = 'correct-horse-battery'

const oneCard = ['0, GPU-3060aaaa, NVIDIA GeForce RTX 3060']
const threeCards = [
  '0, GPU-4090aaaa, NVIDIA GeForce RTX 4090',
  '1, GPU-3060aaaa, NVIDIA GeForce RTX 3060',
  '2, GPU-3060bbbb, NVIDIA GeForce RTX 3060',
]

afterAll(() => rmSync(folder, { recursive: true }))

describe('the card', () => {
  test('is the RTX 3060 unless another is named, and is pinned by its UUID', async () => {
    expect(await run(threeCards.slice(0, 2))).toMatchObject({ code: 0 })
    expect(started().environment).toMatchObject({
      CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
      CUDA_VISIBLE_DEVICES: 'GPU-3060aaaa',
    })
  })

  test.each([
    ['by part of its name, in any case', { GPU_NAME: 'rtx 4090' }, 'GPU-4090aaaa'],
    ['by its index', { GPU_INDEX: '2' }, 'GPU-3060bbbb'],
    ['by its UUID', { GPU_UUID: 'GPU-3060bbbb' }, 'GPU-3060bbbb'],
    ['by its name and its index together', { GPU_NAME: 'RTX 3060', GPU_INDEX: '1' }, 'GPU-3060aaaa'],
  ])('is found %s', async (_how, environment, uuid) => {
    expect(await run(threeCards, environment)).toMatchObject({ code: 0 })
    expect(started().environment['CUDA_VISIBLE_DEVICES']).toBe(uuid)
  })

  test.each([
    { GPU_NAME: 'A100' },
    { GPU_INDEX: '7' },
    { GPU_UUID: 'GPU-3060' },
    { GPU_NAME: 'RTX 4090', GPU_INDEX: '1' },
  ])('that no machine has is refused with a list of those it has: %o', async (environment) => {
    const { code, complaint } = await run(threeCards, environment)
    expect(code).toBe(1)
    for (const text of [...Object.values(environment), ...threeCards]) expect(complaint).toContain(text)
  })

  const alike = ['0, GPU-3060aaaa, NVIDIA GeForce RTX 3060 Ti', '1, GPU-3060bbbb, NVIDIA GeForce RTX 3060']

  test.each([
    ['unless another is named', {}, 'GPU-3060bbbb'],
    ['by the end of its name', { GPU_NAME: 'rtx 3060' }, 'GPU-3060bbbb'],
    ['by all of its name', { GPU_NAME: 'NVIDIA GeForce RTX 3060' }, 'GPU-3060bbbb'],
    ['by what only the other has', { GPU_NAME: '3060 Ti' }, 'GPU-3060aaaa'],
  ])('is told from one whose name goes on: %s', async (_how, environment, uuid) => {
    expect(await run(alike, environment)).toMatchObject({ code: 0 })
    expect(started().environment['CUDA_VISIBLE_DEVICES']).toBe(uuid)
  })

  test('of a name that is nowhere all of it could be several, and is refused so', async () => {
    expect((await run(alike, { GPU_NAME: 'GeForce' })).complaint).toContain('several cards fit')
  })

  test.each(['[N/A]', '[Unknown Error]'])('is not pinned by what is no UUID: %s', async (uuid) => {
    const { code, complaint } = await run([`0, ${uuid}, NVIDIA GeForce RTX 3060`])
    expect(code).toBe(1)
    expect(complaint).toContain('nvidia-smi tells no UUID')
  })

  test('that is only a part is refused by that name', async () => {
    const { code, complaint } = await run(oneCard, { GPU_UUID: 'MIG-3060aaaa' })
    expect(code).toBe(1)
    expect(complaint).toContain("GPU_UUID is 'MIG-3060aaaa', a part of a card")
  })

  test('that could be several is refused with their list and how to choose', async () => {
    const { code, complaint } = await run(threeCards)
    expect(code).toBe(1)
    expect(complaint).toContain(threeCards[1])
    expect(complaint).toContain(threeCards[2])
    expect(complaint).not.toContain('4090')
    expect(complaint).toMatch(/GPU_INDEX=… or GPU_UUID=…/)
  })

  test('cannot be found without nvidia-smi, and the script says what to install', async () => {
    const { code, complaint } = await run([], { PATH: '/usr/bin:/bin' })
    expect(code).toBe(1)
    expect(complaint.trim().split('\n')).toEqual([
      expect.stringMatching(/nvidia-smi is not on PATH; install the NVIDIA/),
    ])
  })

  test('cannot be found when nvidia-smi fails, and the script repeats what that says', async () => {
    const { code, complaint } = await run(['Driver/library version mismatch'], { STATUS: '18' })
    expect(code).toBe(1)
    expect(complaint).toContain('Driver/library version mismatch')
  })
})

describe('the command', () => {
  test('serves the recommended model on the port where the gateway looks for it', async () => {
    await run(oneCard)
    expect(started().arguments.slice(0, 2)).toEqual(['serve', 'cyankiwi/gemma-4-E2B-it-AWQ-INT4'])
    expect(valueAfter('--host')).toBe('127.0.0.1')
    expect(valueAfter('--port')).toBe('8092')
    expect(valueAfter('--max-num-seqs')).toBe('8')
    expect(JSON.parse(valueAfter('--default-chat-template-kwargs') ?? '')).toEqual({ enable_thinking: false })
    expect(JSON.parse(valueAfter('--override-generation-config') ?? '')).toEqual({ max_new_tokens: 4096 })
    expect(JSON.parse(valueAfter('--limit-mm-per-prompt') ?? '')).toEqual({ image: 2, audio: 1, video: 0 })
    expect(started().environment).toMatchObject({
      VLLM_HTTP_TIMEOUT_KEEP_ALIVE: '75',
      VLLM_MEDIA_URL_ALLOW_REDIRECTS: '0',
      VLLM_MAX_N_SEQUENCES: '4',
    })
    expect(started().arguments).not.toContain('--trust-remote-code')
  })

  test.each([
    ['MODEL', 'google/gemma-4-E4B-it', 'serve'],
    ['SERVED_MODEL_NAME', 'mine', '--served-model-name'],
    ['LISTEN_HOST', 'localhost', '--host'],
    ['PORT', '9001', '--port'],
    ['MAX_MODEL_LEN', '16384', '--max-model-len'],
    ['MAX_NUM_SEQS', '4', '--max-num-seqs'],
    ['GPU_MEMORY_UTILIZATION', '.9', '--gpu-memory-utilization'],
    ['REASONING_PARSER', 'qwen3', '--reasoning-parser'],
    ['TOOL_CALL_PARSER', 'hermes', '--tool-call-parser'],
    ['LIMIT_MM_PER_PROMPT', '{"image":1}', '--limit-mm-per-prompt'],
    ['MM_PROCESSOR_CACHE_GB', '1', '--mm-processor-cache-gb'],
    ['SHUTDOWN_TIMEOUT', '0', '--shutdown-timeout'],
    ['KV_CACHE_MEMORY_BYTES', '1G', '--kv-cache-memory-bytes'],
    ['CHAT_TEMPLATE', script, '--chat-template'],
  ])('takes %s from the environment', async (name, value, flag) => {
    expect(await run(oneCard, { [name]: value })).toMatchObject({ code: 0 })
    expect(valueAfter(flag)).toBe(value)
  })

  test.each([
    ['PORT', '80a'],
    ['PORT', '0'],
    ['PORT', '65536'],
    ['MAX_MODEL_LEN', '8k'],
    ['MAX_NUM_SEQS', '-1'],
    ['MAX_NEW_TOKENS', '1} {'],
    ['MAX_NEW_TOKENS', '8193'],
    ['GPU_MEMORY_UTILIZATION', '72'],
    ['GPU_MEMORY_UTILIZATION', '0.0'],
    ['SHUTDOWN_TIMEOUT', '60s'],
    ['CHAT_TEMPLATE', '/nowhere/template.jinja'],
  ])('refuses %s=%s and says what it wants', async (name, value) => {
    const { code, complaint } = await run(oneCard, { [name]: value })
    expect(code).toBe(1)
    expect(complaint).toContain(`${name} is '${value}'`)
    expect(complaint).toMatch(/wanted: |cannot be read/)
  })

  test('asks for no longer replies than fit the context', async () => {
    await run(oneCard, { MAX_MODEL_LEN: '2048' })
    expect(JSON.parse(valueAfter('--override-generation-config') ?? '')).toEqual({ max_new_tokens: 2048 })
  })

  describe('takes what is made for Gemma 4', () => {
    const flags = ['--reasoning-parser', '--tool-call-parser', '--chat-template']
    beforeAll(() => writeFileSync(imageTemplate, ''))
    afterAll(() => rmSync(imageTemplate))

    test.each([undefined, 'google/gemma-4-E4B-it', '/models/Gemma4-mine'])('for it: %s', async (model) => {
      const { complaint } = await run(oneCard, model === undefined ? {} : { MODEL: model })
      expect(flags.map(valueAfter)).toEqual(['gemma4', 'gemma4', imageTemplate])
      expect(started().arguments).toContain('--enable-auto-tool-choice')
      expect(complaint).not.toContain('no Gemma 4')
    })

    test.each(['Qwen/Qwen3-4B', 'google/gemma-3-4b-it', '/models/mine'])('for no other: %s', async (model) => {
      const { code, complaint } = await run(oneCard, { MODEL: model })
      expect(code).toBe(0)
      expect(started().arguments.join(' ')).not.toMatch(/gemma4|parser|--enable-auto-tool-choice|--chat-template /)
      expect(complaint).toMatch(/no Gemma 4.*a REASONING_PARSER.*a TOOL_CALL_PARSER/s)
    })

    test('for no other, which may have its own, or say that it has none', async () => {
      const own = { REASONING_PARSER: 'qwen3', TOOL_CALL_PARSER: 'hermes', CHAT_TEMPLATE: script }
      expect((await run(oneCard, { MODEL: 'Qwen/Qwen3-4B', ...own })).complaint).not.toContain('no Gemma 4')
      expect(flags.map(valueAfter)).toEqual(['qwen3', 'hermes', script])
      const none = { REASONING_PARSER: 'none', TOOL_CALL_PARSER: 'none' }
      expect((await run(oneCard, { MODEL: 'Qwen/Qwen3-4B', ...none })).complaint).not.toContain('no Gemma 4')
      expect(started().arguments.join(' ')).not.toContain('parser')
    })
  })

  test('hands what follows -- to vLLM unchanged, after its own arguments', async () => {
    await run(oneCard, {}, '--', '--port', '7000', '--chat-template-content-format', 'a b')
    expect(started().arguments.slice(-4)).toEqual(['--port', '7000', '--chat-template-content-format', 'a b'])
  })

  test('refuses an argument that it does not know', async () => {
    expect(await run(oneCard, {}, '--dryrun')).toMatchObject({
      code: 1,
      complaint: expect.stringContaining('--dryrun'),
    })
  })

  test('is not started where vllm is missing, and the script says so', async () => {
    const alone = join(folder, 'alone')
    mkdirSync(alone)
    writeFileSync(join(alone, 'nvidia-smi'), readFileSync(join(programs, 'nvidia-smi')), { mode: 0o755 })
    const { code, complaint } = await run(oneCard, { PATH: `${alone}:/usr/bin:/bin` })
    expect(code).toBe(1)
    expect(complaint).toContain('vllm is not on PATH')
  })
})

describe('the key', () => {
  test('reaches vLLM in the environment and never in the arguments', async () => {
    await run(oneCard, { VLLM_API_KEY: key })
    expect(started().environment['VLLM_API_KEY']).toBe(key)
    expect(started().arguments.join(' ')).not.toContain(key)
  })

  test('may lie in a file', async () => {
    const file = join(folder, 'key')
    writeFileSync(file, `${key}\n`)
    await run(oneCard, { VLLM_API_KEY_FILE: file })
    expect(started().environment['VLLM_API_KEY']).toBe(key)
    expect(started().environment['VLLM_API_KEY_FILE']).toBeUndefined()
  })

  test('is without the ends that a line has, on Windows too', async () => {
    const file = join(folder, 'windows-key')
    writeFileSync(file, `${key}\r\n`)
    await run(oneCard, { VLLM_API_KEY_FILE: file })
    expect(started().environment['VLLM_API_KEY']).toBe(key)
  })

  test.each([
    ['both set', { VLLM_API_KEY: key, VLLM_API_KEY_FILE: script }, /both set/],
    ['a file that is not there', { VLLM_API_KEY_FILE: '/nowhere' }, /\/nowhere', which cannot be read/],
    ['an empty file', { VLLM_API_KEY_FILE: '/dev/null' }, /which is empty/],
    ['an address that others reach, without a key', { LISTEN_HOST: '0.0.0.0' }, /there is no VLLM_API_KEY/],
  ])('is refused: %s', async (_what, environment, wanted) => {
    const { code, complaint } = await run(oneCard, environment)
    expect(code).toBe(1)
    expect(complaint).toMatch(wanted)
    expect(complaint).not.toContain(key)
  })

  test.each([
    ['--', '--api-key', key],
    ['--', '--api_key', key],
    ['--', `--api_key=${key}`],
    ['--', '--seed', '7', `--api-k=${key}`],
    ['--dry-run', '--', '--api_key', key],
    [`--api-key=${key}`],
  ])('is refused as an argument, and not repeated: %s', async (...words) => {
    const { code, output, complaint } = await run(oneCard, {}, ...words)
    expect(code).toBe(1)
    expect(complaint).toContain('VLLM_API_KEY_FILE')
    expect(output + complaint).not.toContain(key)
  })

  test.each([['--host', '0.0.0.0'], ['--host=0.0.0.0'], ['--hos', '::'], ['--host', '127.0.0.1']])(
    'is wanted where an argument may open the address: %s',
    async (...words) => {
      const { code, complaint } = await run(oneCard, {}, '--', ...words)
      expect(code).toBe(1)
      expect(complaint).toContain('a --host is given to vLLM and there is no VLLM_API_KEY')
      expect(await run(oneCard, { VLLM_API_KEY: key }, '--', ...words)).toMatchObject({ code: 0 })
    },
  )
})

describe('--dry-run', () => {
  test('prints a command that does what the script would do, without the key, and runs nothing', async () => {
    await run(oneCard, { MODEL: 'the real one', VLLM_API_KEY: key })
    const real = started()
    rmSync(join(folder, 'record.arguments'))
    const { code, output, complaint } = await run(oneCard, { MODEL: 'the real one', VLLM_API_KEY: key }, '--dry-run')
    expect(code).toBe(0)
    expect(output + complaint).not.toContain(key)
    expect(() => started()).toThrow('ENOENT')

    const printed = join(folder, 'printed.sh')
    writeFileSync(printed, output)
    const environment = { PATH: `${programs}:/usr/bin:/bin`, RECORD: join(folder, 'record') }
    await new Promise((resolve) => execFile('bash', [printed], { env: environment }, resolve))
    expect(started().arguments).toEqual(real.arguments)
    expect(started().environment).toMatchObject({ CUDA_VISIBLE_DEVICES: 'GPU-3060aaaa', VLLM_MAX_N_SEQUENCES: '4' })
  })
})

test('scripts/README.md names every value that the script reads', () => {
  const readme = readFileSync(join(script, '../README.md'), 'utf8')
  const text = readFileSync(script, 'utf8')
  const names = new Set([...text.matchAll(/\$\{([A-Z_]{4,}):-/g)].map(([, name = '']) => name))
  expect(names.size).toBeGreaterThan(15)
  expect([...names].filter((name) => !readme.includes(`\`${name}\``))).toEqual([])
})
