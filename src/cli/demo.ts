import type { Command } from 'commander'
import type { Gateway } from '../gateway.ts'
import type { Settings, SettingsFlags } from '../settings/settings.ts'
import { printJson, printLines } from './output.ts'
import { startOrExplain } from './serve.ts'
import { addSettingsOptions, loadCliSettings } from './settings-options.ts'
import { startSimulator } from './simulate.ts'

interface DemoFlags extends SettingsFlags {
  readonly simulatorPort: string
  readonly json?: true
}

export function addDemoCommand(program: Command): void {
  addSettingsOptions(program.command('demo').description('serve a simulated model, to try the gateway without a GPU'))
    .option('--simulator-port <number>', 'the port of the simulated vLLM', '8092')
    .option('--json', 'tell the addresses and a newly made key as JSON')
    .action(demo)
}

async function demo({ simulatorPort, json, ...flags }: DemoFlags): Promise<void> {
  const simulator = await startSimulator({ port: simulatorPort, tokensPerSecond: '50', firstTokenMs: '100' })
  const { settings, gateway } = await startBeside(simulator.url, flags).catch(async (thrown) => {
    await simulator.close()
    throw thrown
  })
  const { stopOnSignal } = await import('../gateway.ts')
  stopOnSignal(settings.shutdownGraceMs, async () => {
    await gateway.stop()
    await simulator.close()
  })
  if (json) printJson({ url: gateway.url, simulatorUrl: simulator.url, adminKey: gateway.generatedAdminKey })
  else printLines(welcome(gateway.url, simulator.url, gateway.generatedAdminKey, settings.adminKey !== null))
}

async function startBeside(vllmUrl: string, flags: SettingsFlags): Promise<{ settings: Settings; gateway: Gateway }> {
  const { settings } = loadCliSettings({ vllmUrl, ...flags })
  return { settings, gateway: await startOrExplain(settings) }
}

/** What a newcomer needs: a key, an address, and three commands that work when they are pasted. */
function welcome(url: string, simulatorUrl: string, key: string | null, keyIsSet: boolean): string[] {
  const shown = key ?? (keyIsSet ? '$GATEWAY_ADMIN_KEY' : '$API_AI_TOKEN')
  const common = `-H "Authorization: Bearer ${shown}" -H "Content-Type: application/json"`
  const question = '"messages":[{"role":"user","content":"Hello, who are you?"}]'
  return [
    '',
    `vllm-gateway serves a simulated model (no GPU is used; vLLM's look-alike is on ${simulatorUrl}).`,
    '',
    `  Key       ${keyLine(key, keyIsSet)}`,
    `  Base URL  ${url}/v1`,
    '',
    'A whole answer:',
    `  curl ${url}/v1/chat/completions ${common} -d '{"model":"gemma4",${question}}'`,
    '',
    'The same, streamed:',
    `  curl -N ${url}/v1/chat/completions ${common} -d '{"model":"gemma4","stream":true,${question}}'`,
    '',
    'The short form:',
    `  curl ${url}/chat ${common} -d '{"prompt":"Hello, who are you?"}'`,
    '',
    'Ctrl-C ends both.',
    '',
  ]
}

function keyLine(key: string | null, keyIsSet: boolean): string {
  if (key !== null) return `${key}  (shown this once; only its hash is kept)`
  if (keyIsSet) return 'the one in GATEWAY_ADMIN_KEY'
  return 'the one shown at the first start: export API_AI_TOKEN=… (or make one: npx vllm-gateway keys create --name me)'
}
