import { type Command, InvalidArgumentError, Option } from 'commander'
import type { ChatFlags } from './chat/chat-flags.ts'

const dialects = ['openai', 'anthropic', 'gemini', 'responses'] as const

const variables = `
Keys are taken from GATEWAY_API_KEY or API_AI_TOKEN. The servers of OpenAI, Anthropic and Google get OPENAI_API_KEY,
ANTHROPIC_API_KEY, GOOGLE_API_KEY or GEMINI_API_KEY instead, as does a --base-url where no key of the gateway is set.

The exit code is 1 where there is no answer, 2 where the command was typed wrong. With --prompt, a pipe that says nothing for
two seconds is not waited for.`

export function addChatCommand(program: Command): void {
  program
    .command('chat')
    .description('talk to the model: one prompt, or a conversation on a terminal')
    .option(
      '--prompt <text>',
      'ask this and end; what comes through a pipe follows it, and is the prompt where this is not said',
    )
    .option('--system <text>', 'the system prompt')
    .option('--image <file>', 'an image that goes with the first message; may be repeated', collect)
    .option('--thinking <on|off>', 'have the model think first; left to the server where it is not said', parseSwitch)
    .option('--max-tokens <number>', 'the longest answer', parseTokens)
    .addOption(new Option('--dialect <name>', 'the language to speak').choices(dialects).default('openai'))
    .option('--model <name>', 'the model; the first that the server offers where it is not said')
    .option('--base-url <url>', 'the server; GATEWAY_URL or http://127.0.0.1:8044 where it is not said')
    .option('--key <key>', 'the key; better in a variable, because everybody can read the arguments of a process')
    .option('--json', 'the whole answer as JSON, at its end')
    .addHelpText('after', variables)
    .action(async (flags: ChatFlags) => {
      // Only when it is needed: other commands start faster without it.
      const { chat } = await import('./chat/run-chat.ts')
      await chat(flags)
    })
}

function collect(file: string, files: string[] = []): string[] {
  return [...files, file]
}

function parseSwitch(text: string): boolean {
  if (text !== 'on' && text !== 'off') throw new InvalidArgumentError(`found ${text}, wanted on or off.`)
  return text === 'on'
}

function parseTokens(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError(`found ${text}, wanted a whole number above 0.`)
  return Number(text)
}
