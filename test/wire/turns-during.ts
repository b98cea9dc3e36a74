/** How often somebody else had a turn of the event loop meanwhile. */
export async function turnsDuring(act: () => Promise<unknown>): Promise<number> {
  let turns = 0
  let isOver = false
  const tick = () => {
    if (isOver) return
    turns++
    setImmediate(tick)
  }
  setImmediate(tick)
  await act()
  isOver = true
  return turns
}
