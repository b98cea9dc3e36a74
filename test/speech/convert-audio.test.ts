import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { GatewayError } from '../../src/chat/gateway-error.ts'
import { type ConverterOptions, createAudioConverter } from '../../src/speech/convert-audio.ts'
import { createMakePlayable } from '../../src/speech/playable-audio.ts'
import type { StoredAudio } from '../../src/speech/transcription-request.ts'
import { encodeTone } from '../gateway/speech-rig.ts'
import { until } from '../gateway/until.ts'
import { fileOf, openFolder } from './temporary-folder.ts'

const never = new AbortController().signal

/** A program in the place of ffmpeg, which leaves its process id in a file. */
function scriptOf(text: string): { program: string; pid(): number | undefined } {
  const folder = mkdtempSync(join(tmpdir(), 'vllm-gateway-ffmpeg-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const program = join(folder, 'ffmpeg')
  const pidFile = join(folder, 'pid')
  writeFileSync(program, `#!/bin/sh\necho $$ > ${pidFile}.new; mv ${pidFile}.new ${pidFile}\n${text}\n`)
  chmodSync(program, 0o755)
  return { program, pid: () => (existsSync(pidFile) ? Number(readFileSync(pidFile, 'utf8')) : undefined) }
}

function isRunning(pid: number | undefined): boolean {
  try {
    return pid !== undefined && process.kill(pid, 0)
  } catch {
    return false
  }
}

async function webm(seconds: number): Promise<StoredAudio> {
  const file = await fileOf(await encodeTone(seconds, '-c:a', 'libopus', '-f', 'webm'))
  return { file, format: 'webm', seconds, counted: false }
}

function converterWith(options: Partial<ConverterOptions> = {}) {
  return createAudioConverter({ folder: openFolder().folder, secondsMax: 60, ...options })
}

describe('ffmpeg', () => {
  test('is looked for where programs are', async () => {
    expect(await converterWith().available()).toBe(true)
    expect(await converterWith({ program: '/nowhere/ffmpeg' }).available()).toBe(false)
    expect(await converterWith({ program: scriptOf('exit 1').program }).available()).toBe(false)
  })

  test('stops a second behind the longest audio', async () => {
    const file = await converterWith({ secondsMax: 2 }).convert(await webm(9), never)
    expect(file?.bytes).toBeGreaterThan(44 + 2 * 32_000)
    expect(file?.bytes).toBeLessThan(44 + 4 * 32_000)
    await file?.discard()
  })

  test('that does not stop is stopped', async () => {
    const { program, pid } = scriptOf('exec cat /dev/zero')
    const file = await converterWith({ program, secondsMax: 1 }).convert(await webm(1), never)
    expect(file?.bytes ?? 0).toBeLessThan(44 + 3 * 32_000 + 262_144)
    expect(isRunning(pid())).toBe(false)
    await file?.discard()
  })

  test('is killed when the client leaves', async () => {
    const { program, pid } = scriptOf('exec sleep 600')
    const leaving = new AbortController()
    const converted = converterWith({ program }).convert(await webm(1), leaving.signal)
    await until(() => isRunning(pid()))
    const reason = new GatewayError('abandoned', 'The client left.')
    leaving.abort(reason)
    await expect(converted).rejects.toBe(reason)
    await until(() => !isRunning(pid()))
  })

  test('is killed when it takes too long', async () => {
    const { program, pid } = scriptOf('exec sleep 600')
    const converted = converterWith({ program, limitMs: 100 }).convert(await webm(1), never)
    await expect(converted).rejects.toMatchObject({ kind: 'timeout' })
    await until(() => !isRunning(pid()))
  })

  test('gets nothing of the environment', async () => {
    process.env['SECRET_OF_THE_TEST'] = 'secret'
    onTestFinished(() => {
      delete process.env['SECRET_OF_THE_TEST']
    })
    const { program } = scriptOf('env')
    const file = await converterWith({ program }).convert(await webm(1), never)
    const told = (await file?.read(44, 10_000))?.toString()
    expect(told).toContain('PATH=')
    expect(told).not.toContain('secret')
    await file?.discard()
  })

  test('that fails makes nothing', async () => {
    for (const text of ['exit 1', 'echo sound; exit 1', 'exit 0']) {
      expect(await converterWith({ program: scriptOf(text).program }).convert(await webm(1), never)).toBeUndefined()
    }
  })
})

describe('without ffmpeg', () => {
  const makePlayable = (plays: (audio: { format: string }) => boolean) =>
    createMakePlayable({
      rule: 'auto',
      converter: converterWith({ program: '/nowhere/ffmpeg' }),
      plays,
      secondsMax: 60,
    })

  test('what the server decodes goes on as it is, counted or not', async () => {
    const audio = { ...(await webm(1)), format: 'flac' as const }
    expect(await makePlayable(() => true)(audio, 'file', never)).toEqual({ audio, made: false })
  })

  test('all else is refused, and what can be sent is named', async () => {
    const playable = makePlayable(({ format }) => format === 'wav' || format === 'mp3')
    await expect(playable(await webm(1), 'input_audio.data', never)).rejects.toMatchObject({
      kind: 'unsupported-media-type',
      field: 'input_audio.data',
      message: expect.stringContaining('found WebM') && expect.stringContaining('send one of WAV, MP3.'),
    })
  })
})
