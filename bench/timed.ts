/** `mainSeconds`: the CPU time of the main thread. */
export type Cost = { seconds: number; cpuSeconds: number; mainSeconds: number }

/** The cost of a run, over all threads of this process. */
export const timed = async (run: () => Promise<void>): Promise<Cost> => {
  const [began, before, mainBefore] = [performance.now(), process.cpuUsage(), process.threadCpuUsage()]
  await run()
  const [all, main] = [process.cpuUsage(before), process.threadCpuUsage(mainBefore)]
  return {
    seconds: (performance.now() - began) / 1000,
    cpuSeconds: (all.user + all.system) / 1e6,
    mainSeconds: (main.user + main.system) / 1e6,
  }
}
