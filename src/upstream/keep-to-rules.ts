import type { ChatEvent } from '../chat/chat-event.ts'
import type { ChatRequest } from '../chat/chat-request.ts'
import { GatewayError } from '../chat/gateway-error.ts'
import type { DeliverEvents } from '../chat/serve-chat.ts'
import type { AnswerPlan, AnswerRules } from './answer-rules.ts'
import { correctRequest } from './corrected-request.ts'
import { type HeldChoice, holdChoice } from './held-choice.ts'
import { judgeAnswer, type Misfit } from './judge-answer.ts'
import { createTeller, type Teller } from './teller.ts'
import type { TimeBox } from './time-box.ts'

type KeptPlan = AnswerPlan & { readonly rules: AnswerRules }

export interface KeepParts {
  readonly deliver: DeliverEvents
  readonly timeBox: TimeBox
  ask(request: ChatRequest, deliver: DeliverEvents): Promise<void>
}

/**
 * Asks, and tells an answer that keeps to the rules: a choice that does not is asked for once again, with what was wrong,
 * and its answer goes on in the same reply. The caller is told what all of it took. Throws `upstream-failed` where the
 * second answer does not keep to them either.
 */
export async function keepToRules(plan: KeptPlan, parts: KeepParts): Promise<void> {
  const teller = createTeller(parts.deliver)
  const { request, rules } = plan
  const choices = Array.from({ length: request.n ?? 1 }, (_, index) => holdChoice(index, rules))
  const misfits = new Map<HeldChoice, Misfit>()
  await parts.ask(request, (events) =>
    teller.tell(events, (event, told) => {
      const choice = choices[event.choice]
      choice?.take(event, told)
      if (event.type !== 'finish' || choice === undefined) return
      const misfit = endChoice(choice, rules, told, parts)
      if (misfit !== undefined) misfits.set(choice, misfit)
    }),
  )
  for (const [choice, misfit] of misfits) await askAgain(plan, { choice, misfit }, teller, parts)
  await teller.end()
}

/** Tells the rest of a choice whose answer will do; gives what is wrong with it where it will not. */
function endChoice(choice: HeldChoice, rules: AnswerRules, told: ChatEvent[], { timeBox }: KeepParts) {
  const misfit = judgeAnswer(choice.said, rules, timeBox)
  const isShown = misfit?.kind === 'only-thought' && rules.thinkingOnly === 'show'
  if (isShown) choice.showThought(told)
  if (misfit !== undefined && !isShown) return misfit
  choice.release(told)
  return undefined
}

interface Wrong {
  readonly choice: HeldChoice
  readonly misfit: Misfit
}

async function askAgain({ request, rules }: KeptPlan, wrong: Wrong, teller: Teller, parts: KeepParts): Promise<void> {
  const { index, said, hasToldText } = wrong.choice
  const hasText = hasToldText() && wrong.misfit.kind === 'wrong-calls'
  const second = holdChoice(index, { ...rules, format: undefined, thinkingOnly: 'leave' }, hasText)
  let misfit: Misfit | undefined
  const corrected = correctRequest(request, rules, said, wrong.misfit)
  const asked = parts.ask(corrected, (events) =>
    teller.tell(events, (event, told) => {
      second.take({ ...event, choice: index }, told)
      if (event.type === 'finish') misfit = endChoice(second, second.rules, told, parts)
    }),
  )
  await asked.catch((thrown: unknown) => {
    // The caller's own request did fit.
    const isOurs = thrown instanceof GatewayError && thrown.kind === 'context-overflow'
    throw isOurs ? failureOf(wrong.misfit, thrown) : thrown
  })
  if (misfit !== undefined) throw failureOf(misfit)
}

const words = {
  'no-call': 'The model called no tool, although the request asks for a call.',
  'wrong-calls':
    'The model did not call a tool as its schema and the request ask for, even when it was told what was wrong.',
  'wrong-format': 'The model did not answer in the format that the request asks for.',
  'only-thought': 'The model thought, and did not answer.',
} satisfies Record<Misfit['kind'], string>

function failureOf({ kind }: Misfit, cause?: unknown): GatewayError {
  return new GatewayError('upstream-failed', words[kind], { cause })
}
