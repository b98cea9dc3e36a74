import { describe, expect, test } from 'vitest'
import { failureOf } from '../chat/failure-of.ts'
import { openVisit } from '../chat/open-visit.ts'
import { runSimulator, until } from '../simulator/running-simulator.ts'
import { asks } from './chat-requests.ts'
import { chatPath, connectUpstream, startServer, textOf } from './running-upstream.ts'

async function runTwo() {
  const [first, second] = [await runSimulator({ tokensPerSecond: 50 }), await runSimulator()]
  const servers = [startServer(first.url), startServer(second.url)] as const
  const chats = ({ simulator }: typeof first) => simulator.requests.filter(({ path }) => path === chatPath).length
  return { first, second, servers, chats, ...connectUpstream(servers) }
}

describe('of several servers', () => {
  test('the one with the fewest outstanding is asked', async () => {
    const { first, second, chats, ask } = await runTwo()
    const visit = openVisit()
    const long = failureOf(() => ask(asks('[[words 100]]'), visit))
    await until(() => chats(first) === 1)
    await ask(asks('[[say Hi]]'))
    expect([chats(first), chats(second)]).toEqual([1, 1])
    visit.leave()
    await long
  })

  test('one that cannot be reached costs a try at the next', async () => {
    const { first, second, chats, ask } = await runTwo()
    await first.simulator.close()
    expect(textOf(await ask(asks('[[say Hi]]')))).toBe('Hi')
    expect(chats(second)).toBe(1)
  })

  test('one that refuses is believed, and no other is asked', async () => {
    const { first, second, chats, ask } = await runTwo()
    first.simulator.faults.always('engine-dead')
    expect((await failureOf(() => ask(asks('Hi')))).kind).toBe('upstream-failed')
    expect(chats(second)).toBe(0)
  })

  test('none is asked for a client that has left', async () => {
    const { first, second, chats, ask } = await runTwo()
    first.simulator.faults.always('hang')
    const visit = openVisit()
    const answer = failureOf(() => ask(asks('Hi'), visit))
    await until(() => chats(first) === 1)
    visit.leave()
    expect((await answer).kind).toBe('abandoned')
    expect(chats(second)).toBe(0)
  })
})
