import type { RequestListener } from 'node:http'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createAddressRules } from '../../src/media/address-rules.ts'
import { createFetchBytes } from '../../src/media/fetch-bytes.ts'
import { images } from '../wire/small-images.ts'
import { type ImageHost, type Names, publicAddress, startImageHost } from './image-host.ts'

const png = images.png.bytes
const { signal } = new AbortController()

interface Fetching {
  readonly host: ImageHost
  fetch(url: string, ended?: AbortSignal): Promise<Buffer>
}

interface Limits {
  readonly bytesMax?: number
  readonly timeoutMs?: number
  readonly deny?: readonly string[]
}

async function open(answer: RequestListener, names: Names = {}, limits: Limits = {}): Promise<Fetching> {
  const { bytesMax = 1000, timeoutMs = 5000, deny = [] } = limits
  const host = await startImageHost({ 'images.example': [publicAddress], ...names }, answer)
  onTestFinished(() => host.close())
  const rules = createAddressRules(deny, host.network.ownAddresses)
  const fetchBytes = createFetchBytes({ network: host.network, rules, bytesMax, timeoutMs })
  return { host, fetch: (url, ended = signal) => fetchBytes(url, ended) }
}

const answerPng: RequestListener = (_request, response) => response.end(png)

/** Sends from each path to where the map says; elsewhere is the image. */
function redirecting(locations: Readonly<Record<string, string>>, status = 302): RequestListener {
  return (request, response) => {
    const location = locations[request.url ?? '']
    if (location === undefined) response.end(png)
    else response.writeHead(status, { location }).end()
  }
}

test('what is at a public address is fetched, with nothing of the caller and nothing of the house', async () => {
  const { host, fetch } = await open(answerPng)
  expect(await fetch('http://images.example/a/b.png?c=d#e')).toEqual(png)
  expect(host.dialled).toEqual([[publicAddress]])
  const [request] = host.requests
  expect(request).toMatchObject({ method: 'GET', url: '/a/b.png?c=d' })
  expect(Object.keys(request?.headers ?? {}).toSorted()).toEqual([
    'accept',
    'accept-encoding',
    'connection',
    'host',
    'user-agent',
  ])
  expect(request?.headers.host).toBe('images.example')
})

test('an address without a name is dialled without a lookup', async () => {
  const { host, fetch } = await open(answerPng)
  await fetch(`http://${publicAddress}/`)
  await fetch('http://[2606:4700::1111]/')
  expect(host.lookedUp).toEqual([])
  expect(host.dialled).toEqual([[publicAddress], ['2606:4700::1111']])
})

describe('a host', () => {
  test('is dialled at none of its addresses when one of them is not public', async () => {
    const { host, fetch } = await open(answerPng, { 'images.example': [publicAddress, '10.0.0.1'] })
    await expect(fetch('http://images.example/')).rejects.toThrow('not public')
    expect(host.dialled).toEqual([])
  })

  test('is dialled at what its name meant when it was checked, whatever the name means by then', async () => {
    const meanings = [[publicAddress], ['127.0.0.1']]
    const { host, fetch } = await open(answerPng, { 'images.example': () => meanings.shift() ?? [] })
    expect(await fetch('http://images.example/')).toEqual(png)
    expect(host.lookedUp).toEqual(['images.example'])
    expect(host.dialled).toEqual([[publicAddress]])
    await expect(fetch('http://images.example/')).rejects.toThrow('not public')
    expect(host.dialled).toHaveLength(1)
  })

  test('that the owner denies is not even looked up', async () => {
    const { host, fetch } = await open(answerPng, {}, { deny: ['images.example'] })
    await expect(fetch('http://images.example/')).rejects.toThrow('denied')
    expect(host.lookedUp).toEqual([])
  })

  test('without an address fails', async () => {
    const { fetch } = await open(answerPng)
    await expect(fetch('http://nothing.example/')).rejects.toThrow('no address')
  })
})

describe('a redirect', () => {
  test.each([301, 302, 303, 307, 308])('of %d is followed after all checks', async (status) => {
    const { host, fetch } = await open(redirecting({ '/': 'http://other.example/a' }, status), {
      'other.example': ['93.184.216.35'],
    })
    expect(await fetch('http://images.example/')).toEqual(png)
    expect(host.dialled).toEqual([[publicAddress], ['93.184.216.35']])
    expect(host.requests.map(({ headers }) => headers.host)).toEqual(['images.example', 'other.example'])
  })

  test('may be relative', async () => {
    const { host, fetch } = await open(redirecting({ '/a/b': '../c?d' }))
    expect(await fetch('http://images.example/a/b')).toEqual(png)
    expect(host.requests.map(({ url }) => url)).toEqual(['/a/b', '/c?d'])
  })

  test.each([
    'http://127.0.0.1/',
    'http://0x7f000001/',
    'http://localhost/',
    'http://[::1]/',
    'http://169.254.169.254/latest/meta-data/',
    'http://inside.example/',
    '//inside.example/',
    'http://images.example:8080/',
    'http://user:secret@images.example/',
    '//images.example\\@inside.example/',
    '\\\\inside.example/',
    'file:///etc/passwd',
    'data:image/png;base64,AAAA',
    'http://',
  ])('to %s is not followed', async (location) => {
    const { host, fetch } = await open(redirecting({ '/': location }), {
      'inside.example': ['10.0.0.1'],
      localhost: ['127.0.0.1'],
    })
    await expect(fetch('http://images.example/')).rejects.toThrow()
    expect(host.dialled).toEqual([[publicAddress]])
  })

  test('is followed three times, and no more', async () => {
    const chain = { '/1': '/2', '/2': '/3', '/3': '/4', '/4': '/5' }
    const { host, fetch } = await open(redirecting(chain))
    expect(await fetch('http://images.example/2')).toEqual(png)
    await expect(fetch('http://images.example/1')).rejects.toThrow('more than 3 redirects')
    expect(host.requests).toHaveLength(4 + 4)
  })

  test('that leads nowhere fails', async () => {
    const { fetch } = await open((_request, response) => response.writeHead(302).end())
    await expect(fetch('http://images.example/')).rejects.toThrow('nowhere')
  })
})

describe('an answer', () => {
  test.each([201, 204, 206, 304, 400, 401, 404, 500])('of %d fails', async (status) => {
    const { fetch } = await open((_request, response) => response.writeHead(status).end())
    await expect(fetch('http://images.example/')).rejects.toThrow(`The answer is ${status}.`)
  })

  test('of as many bytes as there may be is taken, whether its length is told or not', async () => {
    const { fetch } = await open((request, response) => {
      if (request.url === '/told') response.setHeader('content-length', 1000)
      response.write(Buffer.alloc(400))
      response.end(Buffer.alloc(600))
    })
    expect(await fetch('http://images.example/told')).toHaveLength(1000)
    expect(await fetch('http://images.example/')).toHaveLength(1000)
  })

  test('of one byte more is not', async () => {
    const { fetch } = await open((_request, response) => {
      response.write(Buffer.alloc(400))
      response.end(Buffer.alloc(601))
    })
    await expect(fetch('http://images.example/')).rejects.toThrow('longer than 1000 bytes')
  })

  test('that tells a larger length is given up before its body', async () => {
    const { fetch } = await open((_request, response) => {
      response.writeHead(200, { 'content-length': 1001 })
      response.flushHeaders()
    })
    await expect(fetch('http://images.example/')).rejects.toThrow('longer than 1000 bytes')
  })

  test('without an end is ended by the count, and its connection too', async () => {
    const closed = Promise.withResolvers<void>()
    const { fetch } = await open((_request, response) => {
      const more = () => {
        while (response.write(Buffer.alloc(500)));
      }
      response.on('drain', more)
      response.on('close', () => closed.resolve())
      more()
    })
    await expect(fetch('http://images.example/')).rejects.toThrow('longer than 1000 bytes')
    await closed.promise
  })

  test('that is compressed fails', async () => {
    const { fetch } = await open((_request, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(png),
    )
    await expect(fetch('http://images.example/')).rejects.toThrow('compressed')
  })

  test('with headers without measure fails', async () => {
    const { fetch } = await open((_request, response) =>
      response.writeHead(200, { 'x-long': 'a'.repeat(20_000) }).end(png),
    )
    await expect(fetch('http://images.example/')).rejects.toThrow()
  })

  test.each([
    ['that never begins', (() => undefined) as RequestListener],
    ['that never ends', ((_request, response) => response.write('a')) as RequestListener],
    ['that comes after each redirect only', redirecting({ '/': '/hang', '/hang': '/hang' })],
  ])('%s is waited for as long as the owner says, all hops together', async (_name, answer) => {
    const slowly: RequestListener = (request, response) => setTimeout(answer, 120, request, response)
    const { fetch } = await open(slowly, {}, { timeoutMs: 200 })
    await expect(fetch('http://images.example/')).rejects.toThrow(/timeout|aborted/i)
  })
})

test('no connection is kept, however the fetch ends, nor is a body that nobody wants taken', async () => {
  const { host, fetch } = await open((request, response) => {
    const statuses: Record<string, number> = { '/moved': 302, '/missing': 404 }
    response.writeHead(statuses[request.url ?? ''] ?? 200, { location: '/' })
    response.write(Buffer.alloc(900))
    if (request.url === '/') response.end()
  })
  expect(await fetch('http://images.example/')).toHaveLength(900)
  expect(await fetch('http://images.example/moved')).toHaveLength(900)
  await expect(fetch('http://images.example/missing')).rejects.toThrow('404')
  await expect.poll(() => host.connections()).toBe(0)
})

test('a request that ends takes the fetch with it', async () => {
  const left = new AbortController()
  const closed = Promise.withResolvers<void>()
  const { fetch } = await open((_request, response) => {
    response.on('close', () => closed.resolve())
    left.abort(new Error('The client left.'))
  })
  await expect(fetch('http://images.example/', left.signal)).rejects.toThrow('The client left.')
  await closed.promise
})
