import './quiet-logs.ts'

import { storedObjects } from '../../lambdas/logs/archives/stored-objects.ts'
import { verifyArchives } from '../../lambdas/logs/archives/verify.ts'
import { commandStore } from '../../lambdas/logs/commands.ts'
import { hotUploads } from '../../lambdas/logs/hot-upload.ts'
import { listingStore } from '../../lambdas/logs/listings/store.ts'
import { uploadOpener } from '../../lambdas/logs/open.ts'
import { recordProgress } from '../../lambdas/logs/record-progress.ts'
import { recordReplies } from '../../lambdas/logs/record-replies.ts'
import { uploadReader } from '../../lambdas/logs/store.ts'
import { uploadView } from '../../lambdas/logs/view.ts'
import { dockStore } from '../../lambdas/registry/store.ts'
import { unregisteredDocks } from '../../lambdas/registry/unregistered.ts'
import { rejectedStore } from '../../lambdas/rejected/store.ts'
import { newId } from '../../lambdas/runtime/new-id.ts'
import type { Table } from '../../lambdas/table/client.ts'
import type { Module } from '../../protocols/dji-remote-log/facts.ts'
import type { DeviceMessage } from '../../protocols/message.ts'

/** Epoch ms at which the uploads of these tests open. */
export const start = 1_800_000_000_000

/** The ingest functions and the stores behind them, wired to a table; `clock` is theirs. */
export const wireBackend = (table: Table) => {
  const clock = { now: start }
  const now = () => clock.now
  const docks = dockStore(table)
  const uploads = uploadReader(table)
  const rejected = rejectedStore(table)
  const listings = listingStore(table)
  const published: DeviceMessage[] = []
  const hot = hotUploads(table, now)
  const unregistered = unregisteredDocks(table, now)
  return {
    clock,
    docks,
    uploads,
    rejected,
    unregistered,
    listings,
    published,
    hot,
    replies: recordReplies({ commands: commandStore(table), listings, hot, rejected, unregistered }),
    progress: recordProgress({
      hot,
      docks,
      rejected,
      unregistered,
      acknowledge: async (message) => void published.push(message),
      now,
    }),
    archives: verifyArchives({ hot, objects: storedObjects(table) }),

    /** Registers a dock if need be and opens an upload on it. */
    open: async (
      dockSn: string,
      selections: readonly { module: Module; bootIndexes: number[] }[] = [
        { module: 'aircraft', bootIndexes: [1, 2] },
        { module: 'dock', bootIndexes: [7] },
      ],
      retriesLeft = 0,
    ) => {
      const dock = await docks.register(dockSn, { fleet: 'north' }, 'all', clock.now)
      if (!dock) throw new Error('not registered')
      const id = newId(clock.now)
      const commandId = newId(clock.now)
      const opened = await uploadOpener(table)(
        dock,
        {
          id,
          commandId,
          now: clock.now,
          answerBy: clock.now + 15_000,
          deadlineAt: clock.now + 3_900_000,
          requestedBy: 'test',
          selections,
          retriesLeft,
        },
        undefined,
      )
      if (opened.outcome !== 'opened') throw new Error(`not opened: ${opened.outcome}`)
      const keyOf = (module: Module): string =>
        opened.request.archives.find((archive) => archive.module === module)?.objectKey ?? ''
      return { id, commandId, dockSn, keyOf }
    },

    /** The upload as `GET` shows it at that time. */
    view: async (dockSn: string, id: string, at = clock.now) => {
      const upload = await uploads.get(dockSn, id)
      if (!upload) throw new Error('no such upload')
      return uploadView(upload.request, upload.hot, at)
    },
  }
}
