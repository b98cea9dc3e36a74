/** What is in an answer is named after its request, whose id is unique: clients take messages of one id for one message. */
export function messageId(requestId: string): string {
  return `msg_${bare(requestId)}`
}

/** `index` counts the calls of an answer from 0. */
export function toolUseId(requestId: string, index: number): string {
  return `toolu_${bare(requestId)}_${index}`
}

function bare(requestId: string): string {
  return requestId.replace(/^req_/, '')
}
