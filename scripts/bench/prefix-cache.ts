import { parseArgs } from 'node:util'
import type { ChatRequest } from '../../src/chat/chat-request.ts'
import { createSimulator } from '../../src/simulator/simulator.ts'
import type { PickServer } from '../../src/upstream/balance/pick-server.ts'
import { pickByPrefix, pickLeastBusy } from '../../src/upstream/balance/pick-server.ts'
import { buildVllmRequest } from '../../src/upstream/build-vllm-request.ts'
import { conversationBeginning } from '../../src/upstream/conversation-beginning.ts'
import { createModelServers, type ModelServers } from '../../src/upstream/model-servers.ts'
import { createRandom, runTalks, type TalkPlan } from './talks.ts'

/** What a policy got out of the same conversations. */
interface Outcome {
  readonly policy: string
  readonly promptTokens: number
  readonly cachedTokens: number
  readonly tookMs: number
  /** For each server, how many requests it got. */
  readonly requests: readonly number[]
  /** The load of the busiest server over the mean of all, seen by each request. */
  readonly crowding: readonly number[]
}

const { values: options } = parseArgs({
  options: {
    servers: { type: 'string', default: '3' },
    talks: { type: 'string', default: '240' },
    turns: { type: 'string', default: '8' },
    clients: { type: 'string', default: '48' },
    pause: { type: 'string', default: '100' },
    alike: { type: 'string', default: '0.1' },
    blocks: { type: 'string', default: '2500' },
  },
})

const plan: TalkPlan = {
  talks: Number(options.talks),
  turns: Number(options.turns),
  clients: Number(options.clients),
  pauseMs: Number(options.pause),
  alike: Number(options.alike),
}

const fleet = { size: Number(options.servers), kvBlocks: Number(options.blocks) }
/** No balancing can do better: one cache as large as all together. */
const oneCache = { size: 1, kvBlocks: fleet.size * fleet.kvBlocks }

const random = createRandom(1)
const pickRandom: PickServer = (servers) => {
  const picked = servers[Math.floor(random() * servers.length)]
  if (picked === undefined) throw new Error('There is at least one server.')
  return picked
}

const policies: Readonly<Record<string, PickServer>> = {
  prefix: pickByPrefix,
  'least-busy': pickLeastBusy,
  random: pickRandom,
}

async function measure(policy: string, pick: PickServer, { size, kvBlocks } = fleet): Promise<Outcome> {
  const simulators = Array.from({ length: size }, () =>
    createSimulator({ kvBlocks, maxNumSeqs: 64, firstTokenMs: 5, tokensPerSecond: 2000 }),
  )
  const urls = await Promise.all(simulators.map(async (simulator) => (await simulator.listen()).url))
  const crowding: number[] = []
  const servers = createModelServers({
    ...{ urls, apiKey: null, connectMs: 5000 },
    balance(candidates, ask) {
      const loads = candidates.map(({ outstanding }) => outstanding)
      if (sumOf(loads) > 0) crowding.push((Math.max(...loads) * loads.length) / sumOf(loads))
      return pick(candidates, ask)
    },
  })
  const count = { promptTokens: 0, cachedTokens: 0 }
  const from = performance.now()
  await runTalks(plan, (request) => askOnce(servers, request, count))
  const tookMs = performance.now() - from
  const requests = servers.all.map(({ asked }) => asked)
  await servers.close()
  await Promise.all(simulators.map((simulator) => simulator.close()))
  return { policy, ...count, tookMs, requests, crowding }
}

interface Answered {
  readonly choices: readonly { readonly message: { readonly content: string } }[]
  readonly usage: {
    readonly prompt_tokens: number
    readonly prompt_tokens_details: { readonly cached_tokens: number } | null
  }
}

async function askOnce(
  servers: ModelServers,
  request: ChatRequest,
  count: { promptTokens: number; cachedTokens: number },
): Promise<string> {
  const body = buildVllmRequest(request, 'gemma-4-e2b', false)
  const prefix = () => conversationBeginning(request)
  const never = new AbortController().signal
  const answer = await servers.ask({ method: 'POST', path: '/v1/chat/completions', body, prefix }, never)
  const text = await answer.body.text()
  if (answer.status !== 200) throw new Error(`A look-alike answered ${answer.status}: ${text}`)
  // The look-alike's answers are of this shape.
  const { choices, usage } = JSON.parse(text) as Answered
  count.promptTokens += usage.prompt_tokens
  count.cachedTokens += usage.prompt_tokens_details?.cached_tokens ?? 0
  return choices[0]?.message.content ?? ''
}

function describeOutcome({ policy, promptTokens, cachedTokens, requests, crowding, tookMs }: Outcome): string {
  const all = sumOf(requests)
  const shares = requests.map((count) => `${Math.round((100 * count) / all)} %`)
  const cached = `${((100 * cachedTokens) / promptTokens).toFixed(1)} %`
  const mean = (sumOf(crowding) / crowding.length).toFixed(2)
  // With one server nothing is picked.
  const spread = crowding.length === 0 ? ['–', '–'] : [shares.join(', '), mean]
  return `| ${[policy, cached, promptTokens - cachedTokens, ...spread, (tookMs / 1000).toFixed(1)].join(' | ')} |`
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0)
}

process.stdout.write(
  `${plan.talks} conversations of ${plan.turns} turns, ${plan.clients} at a time, on ${options.servers} look-alikes ` +
    `with ${options.blocks} blocks of cache each; ${Math.round(plan.alike * 100)} % begin with the same words.\n\n` +
    '| balance | prompt tokens from the cache | computed | requests by server | busiest over mean | s |\n' +
    '|---|---:|---:|---|---:|---:|\n',
)
for (const [policy, pick] of Object.entries(policies)) {
  process.stdout.write(`${describeOutcome(await measure(policy, pick))}\n`)
}
process.stdout.write(`${describeOutcome(await measure('one cache of all', pickLeastBusy, oneCache))}\n`)
