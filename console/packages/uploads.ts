import { useSyncExternalStore } from 'react'
import { api, must } from '../api/client.ts'
import type { Package } from '../api/records.ts'
import { putBytes } from './put-bytes.ts'
import { sendFile } from './send-file.ts'
import { sumsOf } from './sums.ts'

/**
 * The running uploads of files, by package. They continue while other pages of the console are open; closing
 * the tab asks for confirmation.
 */
export type Transfer = {
  step: 'reading' | 'sending' | 'completing'
  fileName: string
  size: number
  /** The bytes done in this step. */
  done: number
}

const transfers = new Map<string, Transfer & { cancel: () => void }>()
const listeners = new Set<() => void>()

const set = (id: string, transfer: (Transfer & { cancel: () => void }) | undefined): void => {
  if (transfer) transfers.set(id, transfer)
  else transfers.delete(id)
  for (const listener of listeners) listener()
}

const askBeforeLeaving = (event: BeforeUnloadEvent): void => event.preventDefault()

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** The transfer of a package's file, if there is one. */
export const useTransfer = (id: string): Transfer | undefined =>
  useSyncExternalStore(subscribe, () => transfers.get(id))

const pause = (ms: number, signal: AbortSignal): Promise<void> => {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const stop = () => reject(signal.reason)
  signal.addEventListener('abort', stop)
  const timer = setTimeout(resolve, ms)
  return promise.finally(() => {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
  })
}

/** The error of a transfer that the user canceled. */
export class Canceled extends Error {
  override readonly name = 'Canceled'
}

export const cancelTransfer = (id: string): void => transfers.get(id)?.cancel()

/**
 * Reads a file for its checksums, uploads it and completes the upload. Resolves to the package's new state.
 * @throws Canceled, UploadFailed, or the API's refusal
 */
export const transfer = async (id: string, file: File): Promise<Package> => {
  const controller = new AbortController()
  const { signal } = controller
  const { name: fileName, size } = file
  const show = (step: Transfer['step'], done: number): void =>
    set(id, { step, fileName, size, done, cancel: () => controller.abort(new Canceled('It was canceled')) })
  show('reading', 0)
  addEventListener('beforeunload', askBeforeLeaving)
  const path = { id }
  try {
    const sums = await sumsOf(file, (done) => show('reading', done), signal)
    show('sending', 0)
    await sendFile(file, {
      links: () =>
        must(api.POST('/v1/packages/{id}/upload', { params: { path }, body: { fileName, ...sums } })),
      put: putBytes,
      wait: pause,
      progress: (done) => show('sending', done),
      signal,
    })
    show('completing', size)
    return await must(api.POST('/v1/packages/{id}/upload/complete', { params: { path }, body: {} }))
  } finally {
    set(id, undefined)
    if (transfers.size === 0) removeEventListener('beforeunload', askBeforeLeaving)
  }
}
