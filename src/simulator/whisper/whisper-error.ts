import { type Answer, jsonAnswer } from '../exchange/answer.ts'

/** A refusal, as it reaches the client. */
export class WhisperError extends Error {
  readonly answer: Answer

  constructor(answer: Answer) {
    super(answer.text)
    this.answer = answer
  }
}

function textAnswer(status: number, text: string): Answer {
  return { status, type: 'text/plain', text }
}

/** One handler of errors has the last word in everything but a 500: the reasons that the routes give are lost. */
export const invalidRequest = textAnswer(400, 'Invalid request')

/** Every other status becomes this. */
export function fileNotFound(path: string): Answer {
  return textAnswer(404, `File Not Found (${path})`)
}

/** What an exception becomes. */
export function threw(what: string): Answer {
  return textAnswer(500, `500 Internal Server Error\n${what}`)
}

export const ffmpegFailed = jsonAnswer('{"error":"FFmpeg conversion failed."}', 500)
export const failedToProcess = jsonAnswer('{"error":"failed to process audio"}', 500)
