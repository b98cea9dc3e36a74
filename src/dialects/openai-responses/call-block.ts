import { customInput } from '../custom-tools.ts'
import { callItem, type ItemStatus } from './output-items.ts'
import { type BlockPlace, closed, itemEvent, partEvent, partFields, type StreamBlock } from './stream-block.ts'

interface StartedCall {
  readonly id: string
  /** As the model knows the tool. */
  readonly name: string
}

function createFunctionBlock(place: BlockPlace, { id, name }: StartedCall): StreamBlock {
  let json = ''
  const item = (status: ItemStatus) => callItem(place, { id, name, json }, status)
  const part = partFields(item('in_progress').id, place.outputIndex, {})
  const toolName = place.answer.echo.book.toCaller(name).name
  return {
    open: () => [itemEvent('added', place, item('in_progress'))],
    add(piece) {
      json += piece
      return [partEvent('response.function_call_arguments.delta', part, 'delta', piece)]
    },
    close(status) {
      const done = `${part},"name":${JSON.stringify(toolName)},"arguments":${JSON.stringify(json)}`
      return closed(place, [{ type: 'response.function_call_arguments.done', fields: done }], item(status))
    },
    item,
  }
}

/** The model writes JSON around a custom tool's input, so that the input is told when the JSON is whole. */
function createCustomBlock(place: BlockPlace, { id, name }: StartedCall): StreamBlock {
  let json = ''
  const item = (status: ItemStatus) => callItem(place, { id, name, json }, status)
  const part = partFields(item('in_progress').id, place.outputIndex, {})
  return {
    open: () => [itemEvent('added', place, item('in_progress'))],
    add(piece) {
      json += piece
      return []
    },
    close(status) {
      const input = customInput(json)
      const events = [
        partEvent('response.custom_tool_call_input.delta', part, 'delta', input),
        partEvent('response.custom_tool_call_input.done', part, 'input', input),
      ]
      return closed(place, events, item(status))
    },
    item,
  }
}

export function createCallBlock(place: BlockPlace, call: StartedCall): StreamBlock {
  const { isCustom } = place.answer.echo.book.toCaller(call.name)
  return isCustom ? createCustomBlock(place, call) : createFunctionBlock(place, call)
}
