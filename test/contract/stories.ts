import { pngPixel } from '../gateway/images.ts'
import type { Speaker } from './speakers/speaker.ts'
import type { Ability, Finish, Story, ToldCall, Tool } from './story.ts'

/** A story, and how it has to be answered in every dialect that can tell it. */
export interface KnownStory {
  readonly name: string
  readonly needs: readonly Ability[]
  readonly story: Story
  readonly answer: Answer
}

interface Answer {
  readonly reasoning?: string
  readonly text?: string
  readonly calls?: readonly Omit<ToldCall, 'id'>[]
  readonly finish: Finish
}

const city = { city: { type: 'string' } }
export const weather: Tool = { name: 'get_weather', description: 'The weather of a city.', properties: city }
export const time: Tool = { name: 'get_time', description: 'The time in a city.', properties: city }
const tools = [weather, time]
const image = pngPixel.slice(pngPixel.indexOf(',') + 1)
const maxTokens = 200

const paris = { name: 'get_weather', args: { city: 'Paris' } }
const tokyo = { name: 'get_time', args: { city: 'Tōkyō' } }
const callParis = '[[call get_weather {"city": "Paris"}]]'
const callTokyo = '[[call get_time {"city": "Tōkyō"}]]'

const schema = {
  type: 'object',
  properties: { age: { type: 'integer' }, name: { type: 'string' } },
  required: ['age', 'name'],
  additionalProperties: false,
}

const called = { id: 'call_1', ...paris }
const asked = { by: 'user', text: 'How is the weather?' } as const
const calledParis = { by: 'model', text: 'I look.', calls: [called] } as const
const goesOn = { says: '[[say Yes]]', tools, maxTokens }
const yes: Answer = { text: 'Yes', finish: 'stop' }

export const stories: readonly KnownStory[] = [
  {
    name: 'text',
    needs: [],
    story: { says: '[[say Hello, "world"!]]', system: 'Be brief.', temperature: 0.3, maxTokens },
    answer: { text: 'Hello, "world"!', finish: 'stop' },
  },
  {
    name: 'thinking and then text',
    needs: ['thinking'],
    story: { says: '[[think Two and two]][[say It is 4]]', thinks: true, maxTokens },
    answer: { reasoning: 'Two and two', text: 'It is 4', finish: 'stop' },
  },
  {
    name: 'one tool call',
    needs: ['tools'],
    story: { says: `${callParis}`, tools, maxTokens },
    answer: { calls: [paris], finish: 'tool-calls' },
  },
  {
    name: 'a tool call without arguments',
    needs: ['tools'],
    story: { says: '[[call get_weather {}]]', tools, maxTokens },
    answer: { calls: [{ name: 'get_weather', args: {} }], finish: 'tool-calls' },
  },
  {
    name: 'thinking, text and parallel tool calls',
    needs: ['thinking', 'tools'],
    story: { says: `[[think Both]][[say I look]]${callParis}${callTokyo}`, thinks: true, tools, maxTokens },
    answer: { reasoning: 'Both', text: 'I look', calls: [paris, tokyo], finish: 'tool-calls' },
  },
  {
    name: 'all of that in one piece',
    needs: ['thinking', 'tools'],
    story: { says: `[[merge]][[think Both]][[say I look]]${callParis}${callTokyo}`, thinks: true, tools, maxTokens },
    answer: { reasoning: 'Both', text: 'I look', calls: [paris, tokyo], finish: 'tool-calls' },
  },
  {
    name: 'an image',
    needs: ['images'],
    story: { says: 'Look.', image, maxTokens },
    answer: { text: 'Simulated reply: you said "Look." (1 message, 1 word, 1 image).', finish: 'stop' },
  },
  {
    name: 'structured output',
    needs: ['formats'],
    story: { says: 'Who?', format: schema, maxTokens },
    answer: { text: '{"age": 1, "name": "name"}', finish: 'stop' },
  },
  {
    name: 'a stop sequence',
    needs: ['stops'],
    story: { says: '[[say one END two]]', stop: 'END', maxTokens },
    answer: { text: 'one ', finish: 'stop-string' },
  },
  {
    name: 'an answer that is cut by its length',
    needs: [],
    story: { says: '[[words 50]]', maxTokens: 5 },
    answer: { text: 'w1 w2 w3 w4 w5', finish: 'length' },
  },
  {
    name: 'thinking that is cut by its length',
    needs: ['thinking'],
    story: { says: '[[think a b c d e f g h]][[say never]]', thinks: true, maxTokens: 4 },
    answer: { reasoning: 'a b c d', finish: 'length' },
  },
  {
    name: 'characters that come a byte at a time',
    needs: ['thinking', 'tools'],
    story: { says: `[[think Grüße 👩‍👩‍👧]][[say 世界 🙂]]${callTokyo}[[fault drip]]`, thinks: true, tools, maxTokens },
    answer: { reasoning: 'Grüße 👩‍👩‍👧', text: '世界 🙂', calls: [tokyo], finish: 'tool-calls' },
  },
  {
    name: 'text that comes a byte at a time',
    needs: [],
    story: { says: '[[say Grüße, 世界 👩‍👩‍👧\n\u2028\u0000"\\]][[fault drip]]', maxTokens },
    answer: { text: 'Grüße, 世界 👩‍👩‍👧\n\u2028\u0000"\\', finish: 'stop' },
  },
  {
    name: 'a conversation that goes on',
    needs: ['history'],
    story: {
      system: 'Be brief.',
      before: [asked, { by: 'model', text: 'Fine.' }],
      says: '[[say Yes]]',
      maxTokens,
    },
    answer: yes,
  },
  {
    name: 'results of several tools',
    needs: ['history', 'tools'],
    story: {
      ...goesOn,
      before: [
        asked,
        { by: 'model', calls: [called, { id: 'call_2', ...tokyo }] },
        {
          by: 'tools',
          results: [
            { call: called, text: 'sunny' },
            { call: { id: 'call_2', name: 'get_time' }, text: '{"hour": 12}' },
          ],
        },
        { by: 'model', text: 'It is noon.' },
      ],
    },
    answer: yes,
  },
  {
    name: 'a result that shows an image',
    needs: ['history', 'tools', 'images'],
    story: {
      ...goesOn,
      before: [asked, calledParis, { by: 'tools', results: [{ call: called, text: 'see', image }] }],
    },
    answer: yes,
  },
  {
    name: 'a call without a result',
    needs: ['history', 'tools'],
    story: { ...goesOn, before: [asked, calledParis] },
    answer: yes,
  },
  {
    name: 'a result without a call',
    needs: ['history', 'tools'],
    story: { ...goesOn, before: [asked, { by: 'tools', results: [{ call: called, text: 'sunny' }] }] },
    answer: yes,
  },
  {
    name: 'tools that may not be called',
    needs: ['tools'],
    story: { says: `${callParis}[[say No]]`, tools, choice: 'none', maxTokens },
    answer: { text: 'No', finish: 'stop' },
  },
  {
    name: 'a tool that has to be called',
    needs: ['tools'],
    story: { says: callParis, tools, choice: 'required', maxTokens },
    answer: { calls: [paris], finish: 'tool-calls' },
  },
  {
    name: 'one tool by name that has to be called',
    needs: ['tools', 'choices by name'],
    story: { says: callParis, tools, choice: { name: 'get_weather' }, maxTokens },
    answer: { calls: [paris], finish: 'tool-calls' },
  },
  {
    name: 'nothing at all',
    needs: [],
    story: { says: '[[say ]]', maxTokens },
    answer: { finish: 'stop' },
  },
]

/** The answer in as much as the dialect can tell of it. */
export function answerFor({ tellFinish }: Speaker, { answer, story }: KnownStory) {
  const { reasoning = '', text = '', calls = [], finish } = answer
  return {
    reasoning,
    text,
    calls: calls.map((call) => ({ ...call })),
    finish: tellFinish(finish, story),
  }
}
