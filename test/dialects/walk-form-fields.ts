import { afterAll, beforeAll, expect, test } from 'vitest'
import { formOf, type SpeechGateway, startSpeechGateway, toneWav } from '../gateway/speech-rig.ts'
import { readFieldRows } from './field-rows.ts'

/** Sends the sample of every row of a speech dialect's table to a whole gateway, and looks at what reaches the model server. */
export function walkFormFields({ dialect, path }: { readonly dialect: string; readonly path: string }): void {
  let gateway: SpeechGateway
  let plain: object | undefined

  beforeAll(async () => {
    gateway = await startSpeechGateway()
    await gateway.post(path, formOf(toneWav(1)))
    plain = gateway.server.asks[0]?.fields
  })

  afterAll(() => gateway.stop())

  test.for(readFieldRows(dialect))('$field is $verdict: $sample', async ({ field, sample, verdict, wanted }) => {
    const { length } = gateway.server.asks
    const response = await gateway.post(path, formOf(toneWav(1), sample as Record<string, string>))
    if (verdict === 'refused') {
      expect(response.status).toBeOneOf([400, 422])
      expect(await response.text()).toContain(`\`${field}\``)
      expect(gateway.server.asks).toHaveLength(length)
      return
    }
    expect(response.status).toBe(200)
    expect(gateway.server.asks[length]?.fields).toEqual({ ...plain, ...wanted })
  })
}
