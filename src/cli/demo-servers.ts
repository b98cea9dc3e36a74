import { llama, vllm, whisper } from './look-alikes.ts'
import { type RunningLookAlike, startLookAlike } from './start-look-alike.ts'

/** A model for each kind of service. */
export interface DemoServers {
  readonly chat: RunningLookAlike
  readonly embeddings: RunningLookAlike
  readonly transcription: RunningLookAlike
  close(): Promise<void>
}

/** Three ports in a row, beginning with that of the chat model; any three where it is 0. */
export async function startDemoServers(port: number): Promise<DemoServers> {
  const started: RunningLookAlike[] = []
  const close = async () => {
    await Promise.all(started.map((server) => server.close()))
  }
  const place = (offset: number) => ({
    host: '127.0.0.1',
    port: port === 0 ? 0 : port + offset,
    advice: 'The demo takes three in a row: choose where they begin with --simulator-port.',
  })
  try {
    const chat = await startLookAlike(vllm, { tokensPerSecond: 50, firstTokenMs: 100, kvBlocks: 8192 }, place(0))
    started.push(chat)
    const embeddings = await startLookAlike(llama, { inputMs: 5 }, place(1))
    started.push(embeddings)
    const transcription = await startLookAlike(whisper, { realTimeFactor: 0.1 }, place(2))
    started.push(transcription)
    return { chat, embeddings, transcription, close }
  } catch (thrown) {
    await close()
    throw thrown
  }
}
