import { styleText } from 'node:util'
import type { Answer } from '../../client/answer.ts'
import type { Piece } from '../../client/piece.ts'
import { withoutControls } from '../../client/without-controls.ts'
import { describeAnswer } from './describe-answer.ts'

/** Where an answer is seen. */
export interface Screen {
  show(piece: Piece): void
  /** Ends the line of an answer that broke off. */
  endLine(): void
  /** Ends the line of an answer, and says what is to be said of it. */
  end(answer: Answer, model: string): void
  /** A remark that is no part of an answer. */
  remark(text: string): void
}

export interface Streams {
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
}

/** On a terminal all is on stdout; else stdout gets the answer alone, byte for byte, and remarks are on stderr. */
export function createScreen({ stdout, stderr }: Streams): Screen {
  const aside = stdout.isTTY ? stdout : stderr
  let open: 'thinking' | 'text' | undefined
  let endsLine = true

  function write(kind: 'thinking' | 'text', text: string): void {
    const stream = kind === 'text' ? stdout : aside
    const shown = stream.isTTY ? withoutControls(text) : text
    stream.write(kind === 'text' ? shown : dim(shown, aside))
    if (shown !== '') endsLine = shown.endsWith('\n')
    open = kind
  }

  function endLine(): void {
    if (open !== undefined && !endsLine) (open === 'text' ? stdout : aside).write('\n')
    endsLine = true
  }

  return {
    endLine,
    show(piece) {
      if (piece.type !== 'text' && piece.type !== 'thinking') return
      if (piece.type === 'thinking' && !aside.isTTY) return
      if (open !== undefined && open !== piece.type) {
        endLine()
        aside.write('\n')
      }
      write(piece.type, piece.text)
    },
    end(answer, model) {
      endLine()
      open = undefined
      aside.write(`${dim(describeAnswer(answer, model), aside)}\n`)
    },
    remark(text) {
      endLine()
      open = undefined
      aside.write(`${dim(withoutControls(text), aside)}\n`)
    },
  }
}

/** Plain where the terminal, or `NO_COLOR`, wants it plain. */
function dim(text: string, stream: NodeJS.WriteStream): string {
  return styleText('dim', text, { stream })
}
