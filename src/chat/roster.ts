/** Who may be on a roster; on one at a time. */
export interface Enrolled {
  /** Where on it, for the roster alone; -1 while on none. */
  place: number
}

/**
 * Who is here now, in no order. A Set would do, were its members not as many and as short-lived as requests: each time it
 * grows or shrinks it leaves a table behind, and tables that have grown old keep all that they ever held from the collector.
 */
export class Roster<Member extends Enrolled> {
  readonly #members: Member[] = []

  get size(): number {
    return this.#members.length
  }

  add(member: Member): void {
    if (member.place === -1) member.place = this.#members.push(member) - 1
  }

  remove(member: Member): void {
    const { place } = member
    const last = place === -1 ? undefined : this.#members.pop()
    member.place = -1
    if (last === undefined || last === member) return
    last.place = place
    this.#members[place] = last
  }

  /** All of them, as of now. */
  list(): readonly Member[] {
    return [...this.#members]
  }
}
