import assert from 'node:assert/strict'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect: unknown = runInNewContext('gc')

/** Bytes that are in use once all that nobody needs is gone. */
const heapBytes = (): number => {
  if (typeof collect === 'function') collect()
  return process.memoryUsage().heapUsed
}

const megabyte = 1024 * 1024

/** Runs it and fails if it leaves more behind than a cache of a few texts would. */
export const leavesNoMemory = async (run: () => void | Promise<void>): Promise<void> => {
  const before = heapBytes()
  await run()
  const grown = heapBytes() - before
  assert(grown < 24 * megabyte, `${Math.round(grown / megabyte)} MB are left behind`)
}
