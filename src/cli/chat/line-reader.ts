import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'

/** Lines from a keyboard. */
export interface LineReader {
  /** The next line; undefined when there will be none: end of input, or a second Ctrl-C at the prompt. */
  next(): Promise<string | undefined>
  /** Whom Ctrl-C interrupts while no line is waited for. */
  onInterrupt: (() => void) | undefined
  close(): void
}

export interface Keyboard {
  readonly input: NodeJS.ReadStream
  readonly output: NodeJS.WriteStream
  readonly prompt: string
}

const farewell = '(Ctrl-C once more ends the session; /help lists the commands)'

/**
 * One reader for the whole session: it keeps the terminal in raw mode also while an answer runs, so that Ctrl-C is a key
 * and not a signal, and what is typed ahead is kept for the next prompt rather than lost.
 */
export function createLineReader({ input, output, prompt }: Keyboard): LineReader {
  const curtain = createCurtain(output)
  const keyboard = createInterface({ input, output: curtain.stream, terminal: true, prompt })
  const typedAhead: string[] = []
  let waiting: ((line: string | undefined) => void) | undefined
  let wasWarned = false
  let isClosed = false

  function answer(line: string | undefined): void {
    const resolve = waiting
    waiting = undefined
    curtain.isDown = true
    resolve?.(line)
  }

  const reader: LineReader = {
    onInterrupt: undefined,
    next() {
      wasWarned = false
      const line = typedAhead.shift()
      if (line !== undefined) output.write(`${prompt}${line}\n`)
      if (line !== undefined || isClosed) return Promise.resolve(line)
      curtain.isDown = false
      keyboard.prompt(true)
      return new Promise((resolve) => {
        waiting = resolve
      })
    },
    close: () => keyboard.close(),
  }

  keyboard.on('line', (line) => {
    if (waiting === undefined) typedAhead.push(line)
    else answer(line)
  })
  keyboard.on('close', () => {
    isClosed = true
    if (waiting !== undefined) output.write('\n')
    answer(undefined)
  })
  keyboard.on('SIGINT', () => {
    if (waiting === undefined) return reader.onInterrupt?.()
    if (wasWarned) return keyboard.close()
    wasWarned = true
    curtain.isDown = true
    dropLine(keyboard)
    curtain.isDown = false
    output.write(`\n${farewell}\n`)
    keyboard.prompt()
  })
  return reader
}

/** Forgets what was typed so far: to the end of the line, then back to its beginning. */
function dropLine(keyboard: { write(text: null, key: { ctrl: boolean; name: string }): void }): void {
  keyboard.write(null, { ctrl: true, name: 'e' })
  keyboard.write(null, { ctrl: true, name: 'u' })
}

/** What the keyboard echoes: nothing while the curtain is down, because an answer is being written. */
function createCurtain(output: NodeJS.WriteStream): { readonly stream: Writable; isDown: boolean } {
  const stream = new Writable({
    write(chunk, _encoding, done) {
      // At once: what had to wait for its turn would meet the curtain that comes down after it.
      if (!curtain.isDown) output.write(chunk)
      done()
    },
  })
  const curtain = { stream, isDown: true }
  // Where the line breaks depends on the terminal's width.
  Object.defineProperty(stream, 'columns', { get: () => output.columns })
  output.on('resize', () => stream.emit('resize'))
  return curtain
}
