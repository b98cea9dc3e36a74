import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { dialects } from './dialects.ts'
import type { Speaker } from './speakers/speaker.ts'
import { time, weather } from './stories.ts'
import type { Story } from './story.ts'
import { can, tell } from './tell.ts'

let gateway: TestGateway

beforeAll(async () => {
  gateway = await startTestGateway()
})

afterAll(() => gateway.stop())

/** What is read, or that nothing can be: the readers' own strictness is what is looked at here. */
function reading(speaker: Speaker, stream: string): string {
  try {
    const { turn: _, ...told } = speaker.readStream(stream)
    return JSON.stringify(told)
  } catch {
    return 'refused'
  }
}

const harms = {
  'without a frame': (frames: readonly string[], at: number) => frames.toSpliced(at, 1),
  'with a frame told twice': (frames: readonly string[], at: number) => frames.toSpliced(at, 0, frames[at] ?? ''),
  'with two frames in the wrong order': (frames: readonly string[], at: number) =>
    frames.toSpliced(at, 2, ...frames.slice(at, at + 2).toReversed()),
  'that ends early': (frames: readonly string[], at: number) => frames.slice(0, at),
}

describe.for(
  dialects
    .filter(({ streamType }) => streamType.startsWith('text/event-stream'))
    .map((speaker) => [speaker.name, speaker] as const),
)('the reader of %s', ([, speaker]) => {
  const isRich = can(speaker, ['thinking', 'tools'])
  const calls = '[[call get_weather {"city": "Paris"}]][[call get_time {"city": "Rome"}]]'
  const text: Story = { says: '[[say c d e]]', maxTokens: 99 }
  const rich: Story = { ...text, says: `[[think a b]][[say c d e]]${calls}`, thinks: true, tools: [weather, time] }

  test.for(Object.entries(harms))('notices a stream %s, wherever it is', async ([, harm]) => {
    const { text: stream } = await tell(gateway, speaker, isRich ? rich : text, true)
    const whole = reading(speaker, stream)
    expect(whole).not.toBe('refused')
    const frames = stream.split(/(?<=\n\n)/)
    // Anthropic's greeting ping may be missing.
    const places = [...frames.keys()].filter((at) => !frames[at]?.includes('"ping"'))
    for (const at of places) {
      const harmed = harm(frames, at)
      if (harmed.join('') === stream) continue
      expect(reading(speaker, harmed.join('')), `${at}: ${frames[at]}`).not.toBe(whole)
    }
    expect(places.length).toBeGreaterThan(3)
  })
})
