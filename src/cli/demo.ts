import { type Command, Option } from 'commander'
import type { Gateway } from '../gateway.ts'
import { type Settings, SettingsError, type SettingsFlags } from '../settings/settings.ts'
import { type DemoServers, startDemoServers } from './demo-servers.ts'
import { writeDemoSound } from './demo-sound.ts'
import { CliError, printJson, printLines } from './output.ts'
import { startOrExplain } from './serve.ts'
import { addOwnOptions, loadCliSettings } from './settings-options.ts'
import { portNumber } from './simulate.ts'

interface DemoFlags extends SettingsFlags {
  readonly simulatorPort: number
  readonly json?: true
}

export function addDemoCommand(program: Command): void {
  addOwnOptions(program.command('demo').description('serve simulated models, to try the gateway without a GPU'))
    .option('--simulator-port <number>', 'the first of the three ports of the simulated models', portNumber(3), 8092)
    .addOption(new Option('--vllm-url <url>').hideHelp())
    .option('--json', 'tell the addresses and a newly made key as JSON')
    .action(demo)
}

async function demo({ simulatorPort, json, vllmUrl, ...flags }: DemoFlags): Promise<void> {
  if (vllmUrl !== undefined)
    throw new CliError(
      'The demo serves simulated models; `serve --vllm-url`, or `npm start`, serves a vLLM of your own.',
    )
  const servers = await startDemoServers(simulatorPort)
  const { settings, gateway } = await startBeside(servers, flags).catch(async (thrown) => {
    await servers.close()
    throw thrown
  })
  const { stopOnSignal } = await import('../gateway.ts')
  stopOnSignal(settings.shutdownGraceMs, async () => {
    await gateway.stop()
    await servers.close()
  })
  const { url, generatedAdminKey: adminKey } = gateway
  if (json) printJson({ url, simulatorUrl: servers.chat.url, adminKey })
  else printLines(welcome(settings, gateway, servers))
}

/** Who has written services of their own keeps to them; everybody else finds one of each kind. */
async function startBeside(
  { chat, embeddings, speech }: DemoServers,
  flags: SettingsFlags,
): Promise<{ settings: Settings; gateway: Gateway }> {
  const settings = loadDemoSettings({ ...flags, vllmUrl: chat.url }, [
    { name: 'embeddinggemma', kind: 'embeddings', upstreams: [embeddings.url] },
    { name: 'whisper', kind: 'transcription', upstreams: [speech.url] },
  ])
  return { settings, gateway: await startOrExplain(settings) }
}

/** Where vLLM is, is said by the demo itself: what is wrong with that is told without a flag that nobody typed. */
function loadDemoSettings(flags: SettingsFlags, besides: Parameters<typeof loadCliSettings>[1]): Settings {
  try {
    return loadCliSettings(flags, besides).settings
  } catch (thrown) {
    const problem = thrown instanceof SettingsError && thrown.problems.find(({ name }) => name === '--vllm-url')
    if (!problem) throw thrown
    throw new CliError(
      `The demo needs settings with no services of their own, or with a single one: found ${problem.found}. ` +
        'Run it in another folder, or with --config FILE; `npm start` serves the services of the file.',
    )
  }
}

/** What a newcomer needs: a key, an address, and commands that work when they are pasted. */
function welcome(settings: Settings, { url, generatedAdminKey: key }: Gateway, { chat }: DemoServers): string[] {
  const keyIsSet = settings.adminKey !== null
  const shown = key ?? (keyIsSet ? '$GATEWAY_ADMIN_KEY' : '$API_AI_TOKEN')
  return [
    '',
    `vllm-gateway serves simulated models (no GPU is used; vLLM's look-alike is on ${chat.url}).`,
    '',
    `  Key       ${keyLine(key, keyIsSet)}`,
    `  Base URL  ${url}/v1`,
    '',
    ...commands(settings, url, `-H "Authorization: Bearer ${shown}"`),
    'Ctrl-C ends all of it.',
    '',
  ]
}

function commands(settings: Settings, url: string, key: string): string[] {
  const json = `${key} -H "Content-Type: application/json"`
  const question = '"messages":[{"role":"user","content":"Hello, who are you?"}]'
  return [
    'A whole answer:',
    `  curl ${url}/v1/chat/completions ${json} -d '{"model":"gemma4",${question}}'`,
    '',
    'The same, streamed:',
    `  curl -N ${url}/v1/chat/completions ${json} -d '{"model":"gemma4","stream":true,${question}}'`,
    '',
    'The short form:',
    `  curl ${url}/chat ${json} -d '{"prompt":"Hello, who are you?"}'`,
    '',
    ...settings.services.flatMap(({ kind, name }) => {
      if (kind === 'embeddings') return ['An embedding:', `  ${embed(name, `${url}/v1/embeddings ${json}`)}`, '']
      if (kind === 'chat') return []
      return ['A transcription:', `  ${transcribe(name, `${url}/v1/audio/transcriptions ${key}`, settings)}`, '']
    }),
  ]
}

function embed(model: string, asked: string): string {
  return `curl ${asked} -d '{"model":"${model}","input":"Hello, who are you?","dimensions":8}'`
}

/** Of a sound that is there. */
function transcribe(model: string, asked: string, { dataDir }: Settings): string {
  return `curl ${asked} -F model=${model} -F "file=@${writeDemoSound(dataDir)}"`
}

function keyLine(key: string | null, keyIsSet: boolean): string {
  if (key !== null) return `${key}  (shown this once; only its hash is kept)`
  if (keyIsSet) return 'the one in GATEWAY_ADMIN_KEY'
  return 'the one shown at the first start: export API_AI_TOKEN=… (or make one: npx vllm-gateway keys create --name me)'
}
