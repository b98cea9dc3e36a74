import { open } from 'node:fs/promises'

/**
 * Has the disk take what a spool has committed, without SQLite, which would wait for it on this thread. Whoever asks
 * while the disk is at work waits for the next turn, with all others who do. Never rejects: a disk that fails is no
 * reason to keep an answer back.
 */
export function createWalSync(path: string, onFailure: (thrown: unknown) => void): () => Promise<void> {
  let running: Promise<void> | undefined
  let next: Promise<void> | undefined

  async function sync(): Promise<void> {
    try {
      // Opened each time: SQLite may have made the file anew.
      const file = await open(`${path}-wal`, 'r+')
      await file.datasync().finally(() => file.close())
    } catch (thrown) {
      onFailure(thrown)
    }
  }

  function start(): Promise<void> {
    next = undefined
    running = sync().finally(() => {
      running = undefined
    })
    return running
  }

  return () => {
    if (running === undefined) return start()
    next ??= running.then(start)
    return next
  }
}
