import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Worker } from 'node:worker_threads'
import { printTable } from './table.ts'

/**
 * The memory of the process and its threads. The in-memory table grows with its data; everything else should
 * not grow. The main thread is garbage-collected before each sample. The functions' threads cannot be
 * collected from here: their figure is V8's heap size.
 */

type Sample = { process: number; main: number; functions: number; database: number }

const collector = (): (() => void) => {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc')
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(0)

/** Starts watching the threads of this process; already running ones are not seen. */
export const watchHeaps = () => {
  const collect = collector()
  const workers = new Set<Worker>()
  const seen = (worker: Worker): void => {
    workers.add(worker)
    worker.once('exit', () => workers.delete(worker))
  }
  process.on('worker', seen)
  const samples: Sample[] = []
  return {
    sample: async (): Promise<void> => {
      collect()
      const heaps = await Promise.all(
        [...workers].map(async (worker) => ({
          isDatabase: worker.threadName === 'database',
          heap: await worker.getHeapStatistics(),
        })),
      )
      const { rss, heapUsed } = process.memoryUsage()
      const functions = heaps.filter(({ isDatabase }) => !isDatabase)
      const database = heaps.filter(({ isDatabase }) => isDatabase)
      samples.push({
        process: rss,
        main: heapUsed,
        functions: sum(functions.map(({ heap }) => heap.total_heap_size)),
        database: sum(database.map(({ heap }) => heap.total_heap_size)),
      })
    },
    /** The main thread's heap at the end divided by that of the first sample. */
    growth: (): number => (samples.at(-1)?.main ?? Number.NaN) / (samples[0]?.main ?? Number.NaN),
    /** Ends the watch; a row for each part, a column for each sample. */
    table: (titles: readonly string[]): string => {
      process.off('worker', seen)
      const row = (name: string, of: keyof Sample): string[] => {
        const values = samples.map((sample) => sample[of])
        return [name, ...values.map(megabytes), ((values.at(-1) ?? 0) / (values[0] ?? 1)).toFixed(2)]
      }
      return printTable(
        ['Memory in MB', ...titles, 'last/first'],
        [
          row('main thread, collected', 'main'),
          row('threads of functions', 'functions'),
          row('thread of the table, with its data', 'database'),
          row('process (rss)', 'process'),
        ],
      )
    },
  }
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
