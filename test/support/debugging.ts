import './quiet-logs.ts'

import { randomUUID } from 'node:crypto'
import { connectAircraftPower } from '../../lambdas/debugging/connect.ts'
import { connectDocks } from '../../lambdas/docks/machines.ts'
import { dockStore } from '../../lambdas/registry/store.ts'
import type { Publish } from '../../lambdas/runtime/publish.ts'
import type { Table } from '../../lambdas/table/client.ts'
import type { DebugCommand } from '../../protocols/dji-remote-debug/facts.ts'
import { commandOf } from '../../protocols/dji-remote-debug/topics.ts'
import type { DeviceMessage } from '../../protocols/message.ts'

/** Docks whose debug mode is opened, on a table, with docks that are no more than their state. */

/** Epoch ms at which these stories begin. */
export const start = 1_800_000_000_000

/** What a dock does, and what it has to say. */
export const modelDock = (dockSn: string) => {
  const state = {
    isDebugging: false,
    isAircraftOn: false,
    isGone: false,
    refuses: new Map<DebugCommand, number>(),
  }
  const told: DebugCommand[] = []
  const obey = (command: DebugCommand): number => {
    const refusal = state.refuses.get(command)
    if (refusal !== undefined) return refusal
    if (command === 'open') {
      if (state.isDebugging) return 514_146
      state.isDebugging = true
      return 0
    }
    if (!state.isDebugging) return 514_153
    if (command === 'close') state.isDebugging = false
    else state.isAircraftOn = command === 'wake'
    return 0
  }
  return {
    dockSn,
    state,
    told,
    /** Takes a message; resolves to its words on it, in their order. */
    take: ({ payload }: DeviceMessage) => {
      if (state.isGone) return []
      const { tid, bid, method } = JSON.parse(payload)
      const command = commandOf(method)
      if (!command) return []
      told.push(command)
      const result = obey(command)
      const reply = { kind: 'reply' as const, commandId: String(tid), result, isDone: false }
      if (result !== 0 || command === 'open' || command === 'close') return [reply]
      const progress = { kind: 'progress' as const, command, processId: String(bid) }
      return [reply, progress, { ...progress, end: 'done' as const }]
    },
  }
}

/** A dock that is registered, the power of its aircraft, and what goes between them. */
export const wirePower = async (table: Table) => {
  const dock = modelDock(`DOCK${randomUUID().slice(0, 8).toUpperCase()}`)
  await dockStore(table).register(dock.dockSn, { fleet: 'default' }, 'all', start)
  let now = start
  const messages: DeviceMessage[] = []
  const publish: Publish = async (message) => void messages.push(message)
  const connect = (over: Table, wrap = (through: Publish) => through) =>
    connectAircraftPower(over, connectDocks(over), wrap(publish), () => now)
  const power = connect(table)
  return {
    dock,
    dockSn: dock.dockSn,
    power,
    connect,
    now: () => now,
    wait: (seconds: number) => {
      now += seconds * 1000
    },
    /** Lets the dock hear what was sent, and the backend what it says, until nobody has more to say. */
    settle: async (by = power): Promise<void> => {
      for (let message = messages.shift(); message; message = messages.shift())
        for (const said of dock.take(message)) await by.heard(dock.dockSn, { ...said, at: now })
    },
  }
}
