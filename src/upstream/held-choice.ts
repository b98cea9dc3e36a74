import type { ChatEvent, FinishReason } from '../chat/chat-event.ts'
import type { AnswerRules } from './answer-rules.ts'

export type ChoiceEvent = Extract<ChatEvent, { choice: number }>

/** What one choice has said. */
export interface SaidChoice {
  reasoning: string
  text: string
  readonly calls: { readonly id: string; readonly name: string; json: string; complete: boolean }[]
  finish: FinishReason | undefined
}

/**
 * One choice's events on their way, of which those are held back that may have to be taken back: text where a call or
 * a format is awaited, and calls whose arguments are to be checked, with all that follows them.
 */
export interface HeldChoice {
  readonly index: number
  readonly rules: AnswerRules
  readonly said: SaidChoice
  /** Text of it has been told. */
  hasToldText(): boolean
  /** Appends to `told` what may be told now. The finish is held with the rest, or alone, until `release`. */
  take(event: ChoiceEvent, told: ChatEvent[]): void
  /** Appends everything that was held, the finish last. */
  release(told: ChatEvent[]): void
  /** Appends what was thought, as a text. */
  showThought(told: ChatEvent[]): void
}

/** `hasText`: a first answer's text was told, so that text beside calls would tell it twice. */
export function holdChoice(index: number, rules: AnswerRules, hasText = false): HeldChoice {
  const said: SaidChoice = { reasoning: '', text: '', calls: [], finish: undefined }
  const held: ChatEvent[] = []
  /** They belong to what follows them. */
  const logprobs: ChatEvent[] = []
  let holdsText = rules.forced !== undefined || rules.format !== undefined || hasText
  let holdsAll = false
  let toldText = false

  function isHeld(event: ChoiceEvent, told: ChatEvent[]): boolean {
    switch (event.type) {
      case 'finish':
        return true
      case 'text-start':
      case 'text-delta':
      case 'text-end':
        return holdsText || holdsAll
      case 'tool-call-start':
        if (rules.checked.size > 0) holdsAll = true
        else if (holdsText) letText(told)
        return holdsAll
      default:
        return holdsAll
    }
  }

  /** Text beside a call need not be of the format. */
  function letText(told: ChatEvent[]): void {
    holdsText = false
    moveAll(held, told)
  }

  return {
    index,
    rules,
    said,
    hasToldText: () => toldText,
    take(event, told) {
      if (event.type === 'logprobs') {
        logprobs.push(event)
        return
      }
      note(said, event)
      const target = isHeld(event, told) ? held : told
      moveAll(logprobs, target)
      target.push(event)
      if (target === told && event.type === 'text-delta') toldText = true
    },
    release(told) {
      moveAll(held, told, hasText && said.calls.length > 0 ? isNoText : undefined)
    },
    showThought(told) {
      told.push({ type: 'text-start', choice: index })
      told.push({ type: 'text-delta', choice: index, text: said.reasoning })
      told.push({ type: 'text-end', choice: index })
    },
  }
}

/** One by one: a long answer has more events than a function takes arguments. */
function moveAll(from: ChatEvent[], to: ChatEvent[], isWanted?: (event: ChatEvent) => boolean): void {
  for (const event of from) if (isWanted === undefined || isWanted(event)) to.push(event)
  from.length = 0
}

function isNoText({ type }: ChatEvent): boolean {
  return !type.startsWith('text-')
}

function note(said: SaidChoice, event: ChoiceEvent): void {
  switch (event.type) {
    case 'reasoning-delta':
      said.reasoning += event.text
      break
    case 'text-delta':
      said.text += event.text
      break
    case 'tool-call-start':
      said.calls.push({ id: event.id, name: event.name, json: '', complete: false })
      break
    case 'tool-call-delta':
    case 'tool-call-end':
      noteCall(said.calls.at(-1), event)
      break
    case 'finish':
      said.finish = event.reason
      break
    default:
  }
}

function noteCall(
  call: SaidChoice['calls'][number] | undefined,
  event: Extract<ChoiceEvent, { type: 'tool-call-delta' | 'tool-call-end' }>,
): void {
  if (call === undefined) return
  if (event.type === 'tool-call-delta') call.json += event.json
  else call.complete = event.complete
}
