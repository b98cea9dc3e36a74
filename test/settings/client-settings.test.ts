import { describe, expect, test } from 'vitest'
import { type ClientSettingsRequest, readClientSettings } from '../../src/settings/client-settings.ts'
import { createWorkingDirectory } from './working-directory.ts'

const everyKey = {
  API_AI_TOKEN: 'gateway',
  OPENAI_API_KEY: 'openai',
  ANTHROPIC_API_KEY: 'anthropic',
  GOOGLE_API_KEY: 'google',
}

function read(request: Partial<ClientSettingsRequest> = {}) {
  return readClientSettings({
    environment: everyKey,
    dialect: 'openai',
    baseUrl: undefined,
    key: undefined,
    ...request,
  })
}

describe('the key', () => {
  test.each([
    ['openai', 'https://api.openai.com/v1', 'openai'],
    ['responses', 'https://api.openai.com/v1', 'openai'],
    ['anthropic', 'https://api.anthropic.com', 'anthropic'],
    ['gemini', 'https://generativelanguage.googleapis.com', 'google'],
    ['openai', 'https://generativelanguage.googleapis.com/v1beta/openai', 'google'],
    ['gemini', undefined, 'gateway'],
    ['gemini', 'http://127.0.0.1:8044', 'gateway'],
  ] as const)('for %s on %s is that of whoever it is', (dialect, baseUrl, key) => {
    expect(read({ dialect, baseUrl }).key).toBe(key)
  })

  test("of a vendor goes to an address given by hand where there is none of the gateway's, and never to another vendor", () => {
    const environment = { GOOGLE_API_KEY: 'google', OPENAI_API_KEY: 'openai' }
    expect(read({ environment, dialect: 'gemini', baseUrl: 'http://127.0.0.1:1' }).key).toBe('google')
    expect(read({ environment, dialect: 'gemini' }).key).toBeUndefined()
    expect(read({ environment, baseUrl: 'https://api.anthropic.com' }).key).toBeUndefined()
  })

  test('of the flag beats GATEWAY_API_KEY, which beats API_AI_TOKEN; an empty variable is none', () => {
    const environment = { GATEWAY_API_KEY: 'first', API_AI_TOKEN: 'second' }
    expect(read({ environment, key: 'flag' }).key).toBe('flag')
    expect(read({ environment }).key).toBe('first')
    expect(read({ environment: { ...environment, GATEWAY_API_KEY: ' ' } }).key).toBe('second')
  })
})

test('the address is that of the flag, of GATEWAY_URL, or of a gateway on this machine', () => {
  const environment = { GATEWAY_URL: 'http://gateway.example:8044' }
  expect(read({ environment, baseUrl: 'http://127.0.0.1:1' }).baseUrl).toBe('http://127.0.0.1:1')
  expect(read({ environment }).baseUrl).toBe('http://gateway.example:8044')
  expect(read({ environment: {} })).toEqual({ baseUrl: 'http://127.0.0.1:8044', key: undefined, isVendor: false })
})

test("the variables of the client do not keep the gateway from starting, and are no setting's nearest name", () => {
  const directory = createWorkingDirectory()
  const environment = { GATEWAY_URL: 'http://127.0.0.1:8044', GATEWAY_API_KEY: 'k' }
  expect(directory.load({ environment }).settings).toEqual(directory.load({}).settings)
  expect(directory.refuse({ environment: { GATEWAY_API_KEYS: 'k' } }).message).toContain('nearest is GATEWAY_ADMIN_KEY')
})
